"""Certificates that change while the server runs."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import BytesValue

from certificates import Authority
from emo_grpc.shared.entrypoints.tls.served_certificates import ServedCertificates
from rpc.shared.conftest import Trial, serving_trial
from rpc.shared.trial_service import NAME
from waiting import until_answered

Lines = list[MutableMapping[str, Any]]
KEPT = "the old certificates stay, for the new ones are no good"
TAKEN = "new certificates are shown from now on"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("certificates"), "old", "new", "client")
    made.openssl("genpkey", "-algorithm", "ed448", "-out", "rare.key")
    made.openssl("req", "-x509", "-key", "rare.key", "-out", "rare.crt", "-subj", "/CN=x", "-days", "2")
    return made


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "client")


class Installed:
    """The files that a server reads, and who signed them."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self._authority = authority

    def put(self, certificate: str = "", key: str = "") -> None:
        """Copy what was signed under these names; an empty one stays."""
        for name, installed, ending in ((certificate, "server.crt", "crt"), (key, "server.key", "key")):
            if name:
                shutil.copy(self._authority.folder / f"{name}.{ending}", self.folder / installed)

    @property
    def settings(self) -> dict[str, Any]:
        return {"tls_cert_file": self.folder / "server.crt", "tls_key_file": self.folder / "server.key"}


@pytest.fixture
def installed(tmp_path: Path, authority: Authority) -> Installed:
    made = Installed(tmp_path, authority)
    made.put("old", "old")
    return made


class Running:
    """A server, and what asks it to read its files anew."""

    def __init__(self, trial: Trial, reload: asyncio.Event) -> None:
        self.trial = trial
        self.reload = reload

    async def shown(self) -> bytes:
        """The certificate that a new connection is shown."""
        host, port = self.trial.address.rsplit(":", 1)
        return ssl.PEM_cert_to_DER_cert(await asyncio.to_thread(ssl.get_server_certificate, (host, int(port))))

    async def shows(self, authority: Authority, name: str) -> bool:
        return await self.shown() == ssl.PEM_cert_to_DER_cert(authority.read(f"{name}.crt").decode())


@asynccontextmanager
async def running(settings: dict[str, Any]) -> AsyncIterator[Running]:
    stop, reload = asyncio.Event(), asyncio.Event()
    async with serving_trial(None, **settings) as trial:
        serving = asyncio.create_task(trial.server.run_until(stop, reload))
        try:
            yield Running(trial, reload)
        finally:
            stop.set()
            await serving


def channel(address: str, authority: Authority, shown: Authority | None = None) -> grpc.aio.Channel:
    """A connection of its own; with the client's certificate of `shown`."""
    pair = (shown.read("client.key"), shown.read("client.crt")) if shown else (None, None)
    credentials = grpc.ssl_channel_credentials(authority.read("ca.crt"), *pair)
    return grpc.aio.secure_channel(address, credentials, options=[("grpc.use_local_subchannel_pool", 1)])


async def echo(opened: grpc.aio.Channel, value: bytes = b"x") -> bytes:
    call = opened.unary_unary(f"/{NAME}/UnaryUnary", BytesValue.SerializeToString, BytesValue.FromString)
    answer: BytesValue = await call(BytesValue(value=value))
    return answer.value


async def is_let_in(address: str, authority: Authority, shown: Authority) -> bool:
    async with channel(address, authority, shown) as opened:
        try:
            return await echo(opened) == b"x"
        except grpc.aio.AioRpcError:
            return False


async def test_new_connections_get_the_new_one(installed: Installed, authority: Authority, lines: Lines) -> None:
    """Those that are open go on, with the streams on them."""
    async with running(installed.settings) as server, channel(server.trial.address, authority) as opened:
        both_ways: Any = opened.stream_stream(
            f"/{NAME}/StreamStream", BytesValue.SerializeToString, BytesValue.FromString
        )()
        await both_ways.write(BytesValue(value=b"before"))
        assert (await both_ways.read()).value == b"before"
        assert await server.shows(authority, "old")
        installed.put("new", "new")
        server.reload.set()
        await until_answered(lambda: server.shows(authority, "new"))
        await both_ways.write(BytesValue(value=b"after"))
        assert (await both_ways.read()).value == b"after"
        await both_ways.done_writing()
        assert await echo(opened) == b"x"
        async with channel(server.trial.address, authority) as another:
            assert await echo(another) == b"x"
    assert [line["log_level"] for line in lines if line["event"] == TAKEN] == ["info"]


@pytest.mark.parametrize(
    ("pair", "named"),
    [
        (("new", ""), "TLS_KEY_FILE names"),
        (("", "new"), "which is not the key of the first certificate"),
        (("rare", "rare"), "whose kind of key gRPC can't use"),
    ],
)
async def test_a_bad_pair_changes_nothing(
    installed: Installed, authority: Authority, lines: Lines, pair: tuple[str, str], named: str
) -> None:
    """The old one is shown on, an error tells why, and the pair that is sound again counts."""
    async with running(installed.settings) as server:
        installed.put(*pair)
        server.reload.set()
        await until_answered(lambda: _is_told(lines, KEPT))
        (told,) = [line for line in lines if line["event"] == KEPT]
        assert told["log_level"] == "error"
        assert named in told["error"]
        assert await server.shows(authority, "old")
        installed.put("new", "new")
        server.reload.set()
        await until_answered(lambda: server.shows(authority, "new"))


async def _is_told(lines: Lines, event: str) -> bool:
    return any(line["event"] == event for line in lines)


async def test_a_file_that_is_gone_changes_nothing(installed: Installed, authority: Authority, lines: Lines) -> None:
    """As while a folder is exchanged for another."""
    async with running(installed.settings) as server:
        (installed.folder / "server.crt").unlink()
        server.reload.set()
        await until_answered(lambda: _is_told(lines, KEPT))
        assert await server.shows(authority, "old")


async def test_new_authorities_of_clients(
    installed: Installed, tmp_path: Path, authority: Authority, stranger: Authority
) -> None:
    """Who is let in changes with the file, and whoever is connected stays."""
    shutil.copy(authority.folder / "ca.crt", tmp_path / "clients.crt")
    async with running({**installed.settings, "tls_client_ca_file": tmp_path / "clients.crt"}) as server:
        address = server.trial.address
        async with channel(address, authority, authority) as opened:
            assert await echo(opened) == b"x"
            assert not await is_let_in(address, authority, stranger)
            shutil.copy(stranger.folder / "ca.crt", tmp_path / "clients.crt")
            server.reload.set()
            await until_answered(lambda: is_let_in(address, authority, stranger))
            assert not await is_let_in(address, authority, authority)
            assert await echo(opened) == b"x"


class TestLooks:
    """Looks that nobody has asked for."""

    async def test_half_a_pair_is_waited_for(self, installed: Installed, lines: Lines) -> None:
        """Who writes two files has a moment for that, in which nothing is told."""
        certificates = made(installed)
        installed.put("new", "")
        await certificates.look(is_asked=False)
        installed.put("", "new")
        await certificates.look(is_asked=False)
        assert [line["event"] for line in lines] == [TAKEN]

    async def test_what_stays_wrong_is_told_once(self, installed: Installed, lines: Lines) -> None:
        """And again when somebody asks, or when something else is wrong."""
        certificates = made(installed)
        installed.put("new", "")
        for _ in range(4):
            await certificates.look(is_asked=False)
        assert len(lines) == 1
        await certificates.look(is_asked=True)
        assert len(lines) == 2
        (installed.folder / "server.key").write_text("no key")
        for _ in range(3):
            await certificates.look(is_asked=False)
        assert [line["event"] for line in lines] == [KEPT] * 3

    async def test_they_come_by_themselves(self, installed: Installed, lines: Lines) -> None:
        """A new pair needs no signal."""
        certificates = made(installed)
        following = asyncio.create_task(certificates.follow(asyncio.Event(), timedelta(milliseconds=10)))
        installed.put("new", "new")
        await until_answered(lambda: _is_told(lines, TAKEN))
        following.cancel()

    async def test_unchanged_files_are_told_to_who_asks(self, installed: Installed, lines: Lines) -> None:
        """So that they know that the signal was heard."""
        certificates = made(installed)
        await certificates.look(is_asked=False)
        assert lines == []
        await certificates.look(is_asked=True)
        assert [line["event"] for line in lines] == ["the certificates are unchanged"]


def made(installed: Installed) -> ServedCertificates:
    return ServedCertificates(installed.folder / "server.crt", installed.folder / "server.key", None)
