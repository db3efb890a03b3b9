"""What a throttle in trouble means for those who know their password."""

from unittest.mock import patch

import pytest

from emo_grpc.shared.adapters.memory.unit_of_work import MemoryDatabase
from emo_grpc.shared.domain.errors import ConcurrentChange, EmoError, Unavailable
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.adapters.memory.reader import MemoryLoginThrottle
from emo_grpc.users.domain.errors import InvalidCredentials
from emo_grpc.users.domain.throttling import ThrottleKey
from emo_grpc.users.service_layer.password_check import PasswordCheck
from emo_grpc.users.service_layer.ports import Credentials
from hand_clock import HandClock

from .world import CHEAP, PASSWORD

KEYS = [ThrottleKey.account("ana"), ThrottleKey.peer("192.0.2.1")]


@pytest.mark.parametrize("error", [ConcurrentChange("others log in"), Unavailable("no answer")])
async def test_a_right_password_is_right(error: EmoError) -> None:
    """A count that can't be taken back refuses nobody who knows the password; a wrong one stays wrong."""
    hasher, throttle = Argon2PasswordHasher(CHEAP), MemoryLoginThrottle(MemoryDatabase())
    passwords = PasswordCheck(hasher, throttle, HandClock())
    ana = Credentials(UserId.new(), "ana", "ana@example.org", await hasher.hash(PASSWORD))
    with patch.object(throttle, "succeeded", side_effect=error):
        assert await passwords.check(ana, PASSWORD, KEYS) == ana
        with pytest.raises(InvalidCredentials):
            await passwords.check(ana, PASSWORD + "!", KEYS)
