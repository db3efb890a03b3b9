"""Why a server is not reached is told to programs, as an error of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from certificates import Authority
from emo_grpc.client import BytesSource, EmoClient, EmoClientError, Obstacle, RetryPolicy, Tls, Unreachable
from emo_grpc.client.channel import open_channel
from emo_grpc.client.reach.reach import Reach
from unit.cli.fake_proxy import answering, http1
from unit.client.fake_server import PASSWORD, Failure, World
from unit.client.tls_servers import tls_servers


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "server", "client")


@pytest.fixture(scope="module")
def tls_ports(authority: Authority) -> Iterator[dict[bool, int]]:
    """Two servers that speak TLS; by whether they ask for certificates."""
    with tls_servers(authority) as ports:
        yield ports


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "client")


def pem(authority: Authority, name: str) -> Path:
    return authority.folder / name


async def error_of(target: str, tls: Tls | None = None, *, insecure: bool = False) -> Unreachable:
    """With what a first call fails."""
    async with EmoClient.connect(target, tls=tls, insecure=insecure) as client:
        with pytest.raises(Unreachable) as caught:
            await client.login("ann", PASSWORD)
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("asks", [False, True])
async def test_tls_that_was_not_expected(tls_ports: dict[bool, int], host: str, asks: bool) -> None:
    """By whichever of its addresses the server is there, whether or not it wants certificates."""
    error = await error_of(f"{host}:{tls_ports[asks]}")
    assert (error.code.name, error.reason, error.obstacle) == ("UNAVAILABLE", "", Obstacle.SPEAKS_TLS)
    assert str(error) == (
        f"can't reach the server at {host}:{tls_ports[asks]}: it speaks TLS, and was spoken to in plaintext"
    )


async def test_no_tls_where_it_was_expected(server: str, authority: Authority) -> None:
    """And nothing else is wrong."""
    error = await error_of(server, Tls(pem(authority, "ca.crt")))
    assert error.obstacle is Obstacle.NO_TLS


def test_what_is_wrong_with_certificates(tls_ports: dict[bool, int], authority: Authority, stranger: Authority) -> None:
    """Each cause is told from the others."""
    ours, theirs = pem(authority, "ca.crt"), pem(stranger, "ca.crt")
    server, asking = f"localhost:{tls_ports[False]}", f"localhost:{tls_ports[True]}"
    shown = {name: (pem(by, "client.crt"), pem(by, "client.key")) for name, by in (("us", authority), ("x", stranger))}
    for target, tls, expected in (
        (server, Tls(theirs), Obstacle.NOT_TRUSTED),
        (server, Tls(server_name="localhost"), Obstacle.NOT_TRUSTED),
        (server, Tls(ours, server_name="emo.example"), Obstacle.OTHER_NAME),
        (asking, Tls(ours), Obstacle.WANTS_CERTIFICATE),
        (asking, Tls(ours, *shown["x"]), Obstacle.REFUSES_CERTIFICATE),
        (asking, Tls(ours, *shown["us"]), None),
        (server, Tls(ours), None),
    ):
        assert Reach(target, tls).obstacle() == expected, (target, tls)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http1("400 Bad Request"), Obstacle.HTTP_1),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Obstacle.NO_GRPC),
        (b"", None),
    ],
)
async def test_what_is_no_server_of_grpc(answer: bytes, expected: Obstacle | None) -> None:
    """It is asked, and says so itself."""
    with answering(answer) as address:
        assert (await error_of(address)).obstacle is expected


@pytest.mark.parametrize("target", ["127.0.0.1:1", "unix:/nowhere", "127.0.0.1:1,127.0.0.1:2", "ipv6:[::1]:1"])
async def test_nobody_there(target: str) -> None:
    """Then nothing more is known, and what gRPC says of it is told."""
    error = await error_of(target)
    assert error.obstacle is None
    assert str(error).startswith(f"can't reach the server at {target}: ")


async def test_transfers_tell_it_too(client: EmoClient, world: World) -> None:
    """When all their tries are over."""
    away = [Failure(reason="", message="Socket closed") for _ in range(40)]
    world.failures["UploadAsset"] = away
    with pytest.raises(Unreachable):
        await client.upload(BytesSource(b"x" * 10))
    asset_id = world.store(b"x")
    world.failures["DownloadAsset"] = list(away)
    with pytest.raises(Unreachable):
        [chunk async for chunk in client.download_chunks(asset_id)]


async def test_one_look_is_for_all_that_fail_at_once(
    tls_ports: dict[bool, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred calls that fail do not ask a hundred times."""
    looks = []
    monkeypatch.setattr(Reach, "obstacle", lambda _: looks.append(1))
    async with EmoClient.connect(f"127.0.0.1:{tls_ports[False]}") as client:
        done = await asyncio.gather(*(client.login("ann", PASSWORD) for _ in range(100)), return_exceptions=True)
    assert all(isinstance(error, Unreachable) for error in done)
    assert len(looks) == 1


async def test_an_answer_of_the_server_is_no_obstacle(client: EmoClient, world: World) -> None:
    """An UNAVAILABLE with a reason is the server's own."""
    world.failures["GetMe"] = [Failure(reason="ENGINE_UNAVAILABLE") for _ in range(9)]
    with pytest.raises(EmoClientError) as caught:
        await client.users.get_me()
    assert type(caught.value) is EmoClientError
    assert caught.value.reason == "ENGINE_UNAVAILABLE"


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"])
async def test_a_proxy_on_the_way_is_named(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that sends us there, for gRPC names only the server."""
    with answering(http1(status)) as address:
        monkeypatch.setenv("https_proxy", f"http://ann:secret@{address}")
        error = await error_of("emo.example:50051", insecure=True)
    assert error.proxy is not None
    assert (error.proxy.address, error.proxy.variable) == (address, "https_proxy")
    assert f"the way goes through the proxy {address} of https_proxy" in str(error)
    assert "secret" not in str(error)


async def test_a_server_elsewhere_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As people who set one expect: only loopback is excepted."""
    asked = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not asked.done():
            asked.set_result(await reader.readline())
        writer.close()

    proxy = await asyncio.start_server(take, "127.0.0.1", 0)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    async with proxy, open_channel("emo.example:50051", insecure=True) as channel:
        channel.get_state(try_to_connect=True)
        assert await asyncio.wait_for(asked, 10) == b"CONNECT emo.example:50051 HTTP/1.1\r\n"


@pytest.mark.parametrize("list_of", [1, 2])
async def test_this_machine_is_never_asked_of_a_proxy(
    server: str, list_of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by the variables of HTTP nor by the one of gRPC, alone or in a list."""
    nobody = "127.0.0.1:1"
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, f"http://{nobody}")
    monkeypatch.setenv("GRPC_ADDRESS_HTTP_PROXY", nobody)
    monkeypatch.setenv("GRPC_ADDRESS_HTTP_PROXY_ENABLED_ADDRESSES", "127.0.0.0/8")
    async with EmoClient.connect(",".join([server] * list_of), retries=RetryPolicy(max_attempts=1)) as client:
        assert await client.login("ann", PASSWORD)
