"""Where the servers are, as people write it and as gRPC takes it."""

import os
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from certificates import Authority
from emo_grpc.client import EmoClient, Tls, is_loopback
from emo_grpc.client.addresses import Addresses
from emo_grpc.client.channel import open_channel


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("emo.example:50051", "emo.example:50051"),
        ("dns:///emo.example:50051", "dns:///emo.example:50051"),
        ("dns:///emo.example", "dns:///emo.example"),
        ("unix:/run/a,b.sock", "unix:/run/a,b.sock"),
        ("10.0.0.1:1,10.0.0.2:2", "ipv4:10.0.0.1:1,10.0.0.2:2"),
        (" 10.0.0.1:1, 10.0.0.2:2 ", "ipv4:10.0.0.1:1,10.0.0.2:2"),
        ("ipv4:10.0.0.1:1,10.0.0.2:2", "ipv4:10.0.0.1:1,10.0.0.2:2"),
        ("localhost:1,LOCALHOST:2", "ipv4:127.0.0.1:1,127.0.0.1:2"),
        ("[::1]:1,[2001:db8::1]:2", "ipv6:[::1]:1,[2001:db8::1]:2"),
    ],
)
def test_what_grpc_is_told(text: str, target: str) -> None:
    """One server stays as it was written; a list becomes the form of it that gRPC knows."""
    assert Addresses.parse(text).target == target


@pytest.mark.parametrize(
    "text",
    [
        "a.example:1,b.example:1",
        "10.0.0.1:1,b.example:1",
        "10.0.0.1:1,[::1]:1",
        "10.0.0.1,10.0.0.2",
        "10.0.0.1:1,10.0.0.2:https",
        "10.0.0.1:1,",
        "::1:50051,::1:50052",
        "dns:///a.example:1,b.example:1",
    ],
)
def test_what_is_no_list(text: str) -> None:
    """Names, mixtures and half addresses are refused, with what to write instead."""
    with pytest.raises(ValueError, match=r"share one, such as dns:///"):
        EmoClient.connect(text)


@pytest.mark.parametrize(
    "text", ["", "localhost", "localhost:", "localhost:abc", ":50051", "emo.example:65536", "[::1]"]
)
def test_what_has_no_port(text: str) -> None:
    """It is refused before anybody is asked for the name."""
    with pytest.raises(ValueError, match="must be HOST:PORT"):
        EmoClient.connect(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:1,127.0.0.2:1", True),
        ("localhost:1,localhost:2", True),
        ("[::1]:1,[::1]:2", True),
        ("127.0.0.1:1,10.0.0.1:1", False),
        ("ipv4:10.0.0.1:1,127.0.0.1:1", False),
    ],
)
def test_a_list_stays_on_this_machine_as_a_whole(text: str, expected: bool) -> None:
    """One address of another machine is enough, and nobody is spoken to in plaintext without being told."""
    assert is_loopback(text) is expected


@pytest.mark.parametrize("tls", [None, Tls(), Tls(ca_file=Path(__file__))])
async def test_a_list_over_tls_needs_a_name(tls: Tls | None) -> None:
    """Nobody can say which name a certificate must prove, so no connection is made."""
    with pytest.raises(ValueError, match="the server name"):
        open_channel("127.0.0.1:1,10.0.0.1:1", tls=tls)


async def test_a_list_in_plaintext_to_other_machines_must_be_asked_for() -> None:
    """Then it needs no name."""
    with pytest.raises(ValueError, match="the server name"):
        open_channel("127.0.0.1:1,10.0.0.1:1")
    async with open_channel("127.0.0.1:1,10.0.0.1:1", insecure=True) as channel:
        assert channel.get_state() is grpc.ChannelConnectivity.IDLE


async def test_certificates_may_come_through_a_pipe(tmp_path: Path) -> None:
    """Which is read once only, as a shell's `<(command)` is."""
    authority = Authority(tmp_path)
    authority.sign("client")
    with ExitStack() as stack:
        names = ("ca.crt", "client.crt", "client.key")
        pipes = ca, certificate, key = [_piped((tmp_path / name).read_bytes(), stack) for name in names]
        async with open_channel("127.0.0.1:1", tls=Tls(ca_file=ca, cert_file=certificate, key_file=key)) as channel:
            assert channel.get_state() is grpc.ChannelConnectivity.IDLE
        assert [pipe.read_bytes() for pipe in pipes] == [b""] * 3


def _piped(content: bytes, stack: ExitStack) -> Path:
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    os.write(writing, content)
    os.close(writing)
    return Path(f"/dev/fd/{reading}")
