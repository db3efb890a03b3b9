"""An account or a session whose record was damaged in the database, beside others that were not."""

from collections.abc import AsyncIterator, MutableMapping, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from emo.users.v1 import users_pb2 as pb
from emo_grpc.users.domain.user import Role
from rpc.vault import Person, Vault, failure, open_vault
from stored import stored
from waiting import until

NO_JSON = "substr(document, 2)"
NO_UTF_8 = "CAST(replace(document, '@', x'ff') || CAST(x'ff' AS TEXT) AS TEXT)"
OTHER_TYPE = "json_set(document, '$.create_time', 5)"
MISSING = "json_remove(document, '$.create_time')"
NESTED = "replace(hex(zeroblob(100000)), '00', '[[')"
DAMAGES = (NO_JSON, NO_UTF_8, OTHER_TYPE, MISSING, NESTED)


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    async with open_vault(tmp_path) as opened:
        yield opened


def damage(folder: Path, table: str, user_id: str, how: str) -> None:
    """Another document in the rows of a user, past the indexes that would not let it in: a disk asks none."""
    with stored(folder) as connection:
        connection.execute(f"DROP INDEX IF EXISTS {table}_outdated_at_1")
        assert connection.execute(f"UPDATE {table} SET document = {how} WHERE user_id = ?", (user_id,)).rowcount


def refresh(person: Person) -> pb.RefreshTokensRequest:
    return pb.RefreshTokensRequest(refresh_token=person.tokens.refresh_token)


def calls(logs: Sequence[MutableMapping[str, object]]) -> list[MutableMapping[str, object]]:
    return [line for line in logs if line["event"] == "call"]


@pytest.mark.parametrize("how", DAMAGES)
async def test_one_damaged_account_is_lost_alone(vault: Vault, how: str) -> None:
    """Whoever needs it is told DATA_LOSS and the log names it; others see the rest, and administrators remove it."""
    ann, bob, root = [await vault.person(name, role) for name, role in (
        ("ann", Role.USER), ("bob", Role.USER), ("root", Role.ADMIN))]  # fmt: skip
    damage(vault.folder, "users", ann.user_id, how)
    login = pb.LoginRequest(username="ann", password="correct horse", device_id="phone")
    with capture_logs() as logs:
        assert (await failure(ann.users.Login(login))).brief == "UNAUTHENTICATED INVALID_CREDENTIALS"
        for call in (
            ann.users.RefreshTokens(refresh(ann)),
            ann.users.GetMe(pb.GetMeRequest(), metadata=ann.metadata),
            root.users.GetUser(pb.GetUserRequest(user_id=ann.user_id), metadata=root.metadata),
        ):
            found = await failure(call)
            assert (found.brief, found.metadata["user_id"]) == ("DATA_LOSS USER_RECORD_CORRUPT", ann.user_id)
        await until(lambda: len(calls(logs)) == 4)  # a caller may have its answer before the line is written
    assert [line.get("damaged") for line in calls(logs)] == [None, *[{"user_id": ann.user_id}] * 3]
    (told,) = [line for line in logs if line["event"] == "login to a damaged account"]
    assert told["user_id"] == ann.user_id
    assert (await bob.users.GetMe(pb.GetMeRequest(), metadata=bob.metadata)).user.username == "bob"
    listed = await root.users.ListUsers(pb.ListUsersRequest(), metadata=root.metadata)
    assert {user.username for user in listed.users} == {"bob", "root"}
    assert list(listed.unreadable_user_ids) == [ann.user_id]
    await root.users.RemoveUser(pb.RemoveUserRequest(user_id=ann.user_id, reason="lost"), metadata=root.metadata)
    listed = await root.users.ListUsers(pb.ListUsersRequest(), metadata=root.metadata)
    assert list(listed.unreadable_user_ids) == []


@pytest.mark.parametrize("how", DAMAGES)
async def test_one_damaged_session_is_lost_alone(vault: Vault, how: str) -> None:
    """It can't go on, which is told as what it is; its user sees the others, and can end it."""
    ann = await vault.person("ann")
    damage(vault.folder, "sessions", ann.user_id, how)
    again = await vault.logged_in("ann", ann.user_id)
    (bad,) = (await again.users.ListSessions(pb.ListSessionsRequest(), metadata=again.metadata)).unreadable_session_ids
    found = await failure(ann.users.RefreshTokens(refresh(ann)))
    assert (found.brief, found.metadata["session_id"]) == ("DATA_LOSS SESSION_RECORD_CORRUPT", bad)
    bob = await vault.person("bob")
    revoke = pb.RevokeSessionRequest(session_id=bad)
    assert (await failure(bob.users.RevokeSession(revoke, metadata=bob.metadata))).code == "NOT_FOUND"
    await again.users.RevokeSession(revoke, metadata=again.metadata)
    listed = await again.users.ListSessions(pb.ListSessionsRequest(), metadata=again.metadata)
    assert (len(listed.sessions), list(listed.unreadable_session_ids)) == (1, [])
