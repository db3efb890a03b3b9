"""The installed command and the real server over TLS and mutual TLS."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from certificates import Authority
from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess, running_server

REGISTER = ("register", "ann", "--email", "ann@example.com")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "server", "client")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority, that the server and its people know nothing of."""
    return Authority(tmp_path_factory.mktemp("stranger"), "client")


def serving(folder: Path, authority: Authority, *, asks_clients: bool = False) -> AbstractContextManager[ServerProcess]:
    """A server with the authority's certificate."""
    settings = {"TLS_CERT_FILE": path_of(authority, "server.crt"), "TLS_KEY_FILE": path_of(authority, "server.key")}
    if asks_clients:
        settings["TLS_CLIENT_CA_FILE"] = path_of(authority, "ca.crt")
    return running_server(folder, settings)


def path_of(authority: Authority, name: str) -> str:
    return str(authority.folder / name)


def trusting(authority: Authority) -> tuple[str, str]:
    return "--ca-file", path_of(authority, "ca.crt")


def shown(authority: Authority) -> tuple[str, ...]:
    return "--cert", path_of(authority, "client.crt"), "--key", path_of(authority, "client.key")


def complaint(emo: EmoProcess, *arguments: str, code: int = 8) -> str:
    """The one line that a command fails with."""
    lines = emo.run(*arguments, code=code).stderr.decode().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def round_trip(emo: EmoProcess) -> None:
    """Both kinds of stream, on the connection that the login remembered."""
    (emo.folder / "letter.txt").write_bytes(b"Dear Ann" * 100_000)
    asset_id = emo.output("upload", "letter.txt").split("\t")[0]
    emo.run("download", asset_id, "-o", "copy.txt")
    assert (emo.folder / "copy.txt").read_bytes() == b"Dear Ann" * 100_000


def test_tls(tmp_path: Path, emo: EmoProcess, authority: Authority, stranger: Authority) -> None:
    """With the authority's certificate all commands work, by the name and by the address; without it none does."""
    with serving(tmp_path / "server", authority) as server:
        by_address = ("--server", server.address)
        assert "it speaks TLS: name who vouches for it with --ca-file" in complaint(emo, *by_address, *REGISTER)
        by_name = ("--server", f"localhost:{server.port}")
        emo.run(*by_name, *trusting(authority), *REGISTER)
        emo.run(*by_name, *trusting(authority), "login", "ann")
        round_trip(emo)
        emo.run(*by_address, *trusting(authority), "login", "ann")
        assert "certificate is not trusted" in complaint(emo, *by_address, *trusting(stranger), "login", "ann")
        other_name = ("--server", f"0.0.0.0:{server.port}")
        assert "for another name" in complaint(emo, *other_name, *trusting(authority), "login", "ann")


def test_mutual_tls(tmp_path: Path, emo: EmoProcess, authority: Authority, stranger: Authority) -> None:
    """Only who shows a certificate of the named authority is let in, and it is remembered with the login."""
    with serving(tmp_path / "server", authority, asks_clients=True) as server:
        to_server = ("--server", server.address, *trusting(authority))
        assert "--cert and --key" in complaint(emo, *to_server, *REGISTER)
        assert "--cert and --key" in complaint(emo, *to_server, *shown(stranger), *REGISTER)
        emo.run(*to_server, *shown(authority), *REGISTER)
        emo.run(*to_server, *shown(authority), "login", "ann")
        round_trip(emo)


def test_certificates_that_make_no_sense(emo: EmoProcess, authority: Authority) -> None:
    """A certificate without its key, a file that is not there, and TLS along with --insecure are told apart."""
    half = complaint(emo, *trusting(authority), *shown(authority)[:2], *REGISTER, code=2)
    assert "give both --cert and --key" in half
    assert "missing.pem" in complaint(emo, "--ca-file", "missing.pem", *REGISTER, code=10)
    assert "--insecure" in complaint(emo, "--insecure", *trusting(authority), *REGISTER, code=2)


def test_plaintext_stays_on_this_machine(emo: EmoProcess, server: ServerProcess) -> None:
    """To what does not look like this machine, a password goes in plaintext only when --insecure says so."""
    elsewhere = ("--server", f"0.0.0.0:{server.port}")  # it is this machine all the same
    assert "--insecure" in complaint(emo, *elsewhere, *REGISTER)
    emo.run(*elsewhere, "--insecure", *REGISTER)
