"""What a throttle in trouble means for those who know their password."""

from unittest.mock import patch

import pytest

from emo_grpc.shared.domain.errors import ConcurrentChange, EmoError, Unavailable
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import InvalidCredentials
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.domain.user import UserState
from emo_grpc.users.service_layer.password_check import PasswordCheck
from emo_grpc.users.service_layer.ports import Credentials
from emo_grpc.users.service_layer.refused_logins import RefusedLogins

from .world import PASSWORD, World

KEYS = [ThrottleKey.account("ana"), ThrottleKey.network("192.0.2.1")]


@pytest.mark.parametrize("error", [ConcurrentChange("others log in"), Unavailable("no answer")])
async def test_a_right_password_is_right(world: World, error: EmoError) -> None:
    """A count that can't be taken back refuses nobody who knows the password; a wrong one stays wrong."""
    refused = RefusedLogins(world.refusals, world.clock)
    passwords = PasswordCheck(world.hasher, world.throttle, refused, world.clock)
    password_hash = await world.hasher.hash(PASSWORD)
    ana = Credentials(
        UserId.new(), "ana", "ana@example.org", password_hash, UserState.ACTIVE, world.clock(), "ana", "en"
    )
    with patch.object(world.throttle, "succeeded", side_effect=error):
        assert await passwords.check(ana, PASSWORD, KEYS) == ana
        with pytest.raises(InvalidCredentials):
            await passwords.check(ana, PASSWORD + "!", KEYS)
