"""`emo_grpc.testing`: a server for the tests of programs that use emo."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest

from emo.assets.v1.assets_pb2 import Asset, File
from emo.users.v1.users_pb2 import GetMeRequest, GetMeResponse, ListUsersRequest
from emo.users.v1.users_pb2_grpc import UsersServiceStub
from emo_grpc.client import BytesSource, EmoClientError
from emo_grpc.testing import EphemeralServer, LoggedInUser, server_process
from emo_grpc.testing.fixtures import emo_server, emo_user
from waiting import wait_until

__all__ = ["emo_server", "emo_user"]  # fixtures

DYING = """
import sys
from emo_grpc.testing import EphemeralServer

with EphemeralServer() as server:
    print(server.address, flush=True)
    sys.stdin.read()
"""


def stub_of(server: EphemeralServer) -> Any:
    return UsersServiceStub(server.channel)  # type: ignore[arg-type]  # generated types know only stubs for asyncio


def is_listening(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=5):
        return True
    return False


def test_stubs_call_as_somebody_who_is_logged_in(emo_server: EphemeralServer, emo_user: LoggedInUser) -> None:
    """With the user of a test, and with the one that each server has; they are not the same."""
    answers: list[GetMeResponse] = [
        stub_of(emo_server).GetMe(GetMeRequest(), metadata=user.metadata) for user in (emo_user, emo_server.user)
    ]
    assert [answer.user.user_id for answer in answers] == [emo_user.user_id, emo_server.user.user_id]
    assert len({answer.user.username for answer in answers}) == 2


def test_there_is_an_administrator(emo_server: EphemeralServer, emo_user: LoggedInUser) -> None:
    """Who may do what others may not."""
    users = stub_of(emo_server)
    listed = users.ListUsers(ListUsersRequest(), metadata=emo_server.admin.metadata).users
    assert emo_user.username in [user.username for user in listed]
    with pytest.raises(grpc.RpcError, match="PERMISSION_DENIED"):
        users.ListUsers(ListUsersRequest(), metadata=emo_user.metadata)


async def test_the_client_goes_with_asyncio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It takes its settings from its maker alone; what stands in the environment and in `.env` is for others."""
    for name in ("MONGODB_URL", "MONGO_URL", "TLS_VERSION"):
        monkeypatch.setenv(name, "mongodb://127.0.0.1")
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("ENVIRONMENT=prod\n")
    async with EphemeralServer({"USER_STORAGE_MB": "1"}) as server, server.user.client() as client:
        letter = Asset(title="A letter", file=File(name="letter.txt"))
        assert (await client.upload(BytesSource(b"Dear Ann"), letter)).size_bytes == 8
        with pytest.raises(EmoClientError) as caught:
            await client.upload(BytesSource(bytes(2 << 20)), letter)
    assert caught.value.reason == "QUOTA_EXCEEDED"
    assert not is_listening(server.address)


def test_it_says_why_it_does_not_start() -> None:
    """In the words of the server; nothing is left running."""
    with pytest.raises(RuntimeError, match="USER_STORAGE_MB"), EphemeralServer({"USER_STORAGE_MB": "much"}):
        pass


def test_it_asks_for_what_servers_are_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the client is installed, one sentence has the command that installs the rest."""
    monkeypatch.setattr(server_process, "is_missing", lambda _: True)
    with pytest.raises(RuntimeError, match=r"pip install 'emo-grpc\[server\]'"), EphemeralServer():
        pass


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """Also when that is killed, and can end nothing. Then, too, nothing is left."""
    with subprocess.Popen(
        [sys.executable, "-c", DYING],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as dying:
        assert dying.stdout is not None
        address = dying.stdout.readline().strip()
        assert is_listening(address)
        os.kill(dying.pid, signal.SIGKILL)
    wait_until(lambda: not is_listening(address) and not list(tmp_path.iterdir()))
