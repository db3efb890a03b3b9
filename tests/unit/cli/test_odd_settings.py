"""What the command remembers, when that is damaged or can't be had."""

import json
from pathlib import Path

import pytest

from unit.cli.conftest import Emo

DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[1, 2]",
    b"[" * 100_000,
    b'{"server": ["a"], "ca_file": 7}',
    b'{"server": "a\\u0000b:1"}',
    b'{"server": "a\\ud800b:1"}',
    b'{"server": "localhost:1", "server_name": {"a": 1}}',
    b'{"server": "\\ud800"}',
    b'{"insecure": true, "ca_file": "x", "server": "localhost:1"}',
    b'{"server": 1' + b"0" * 5000 + b"}",
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_of_the_last_server_is_one_line(emo: Emo, config: Path, content: bytes) -> None:
    """Of what is wrong, or what to do; no traceback."""
    config.mkdir()
    (config / "server.json").write_bytes(content)
    done = emo("me")
    assert done.exit_code in (2, 3, 10), done.stderr
    assert done.stderr.startswith("emo: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) in (1, 2)


def credentials(server: str, **other: object) -> bytes:
    time = "2099-01-01T00:00:00+00:00"
    kept = {"user_id": "u-1", "access_token": "a", "refresh_token": "r"}
    kept |= dict.fromkeys(("access_expire_time", "refresh_expire_time", "received_time"), time)
    return json.dumps({server: kept | other}).encode()


@pytest.mark.parametrize(
    "other",
    [
        {"access_token": "a\nb"},
        {"access_token": "a\u0000\ud800"},
        {"access_token": 7},
        {"access_expire_time": "2099-01-01"},
        {"received_time": 5},
        {"received_time": "2020-01-01"},
        {"user_id": []},
        {"more": 1},
    ],
)
def test_a_damaged_login_is_none(emo: Emo, server: str, config: Path, other: dict[str, object]) -> None:
    """It is one line how to log in again."""
    config.mkdir()
    (config / "credentials.json").write_bytes(credentials(server, **other))
    done = emo("me", "--server", server)
    assert done.exit_code == 3, done.stderr
    assert done.stderr.startswith("emo: ")
    assert done.stderr.count("\n") == 1
    assert f"run `emo --server {server} login`" in done.stderr


@pytest.mark.parametrize("name", ["server.json", "credentials.json", "credentials.json.servers.lock"])
def test_a_folder_in_place_of_a_file_is_one_line(emo: Emo, server: str, config: Path, name: str) -> None:
    """It is named, as a file that can't be read is."""
    (config / name).mkdir(parents=True)
    done = emo("login", "ann", "--server", server)
    assert done.exit_code == 10
    assert done.stderr.startswith(f"emo: {config / name}: ")
    assert done.stderr.count("\n") == 1


def test_a_home_that_is_unknown_is_one_line(emo: Emo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is kept in whatever folder the command runs."""
    monkeypatch.delenv("EMO_CONFIG_DIR")
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)

    def nobody(_: int) -> None:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("pwd.getpwuid", nobody)
    done = emo("me")
    assert (done.exit_code, done.stderr) == (
        10,
        "emo: there is no home folder to keep settings in: set HOME or EMO_CONFIG_DIR\n",
    )
    assert list(tmp_path.glob("~*")) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_place_of_the_folder_is_told_by_what_was_set(
    emo: Emo, server: str, config: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    """And not by the file that would be in it."""
    config.write_text("a file")
    monkeypatch.setenv("EMO_CONFIG_DIR", str(config / below))
    for typed in (("me",), ("login", "ann")):
        done = emo(*typed, "--server", server)
        assert (done.exit_code, done.stderr) == (10, f"emo: EMO_CONFIG_DIR={config / below}: Not a directory\n")


@pytest.mark.parametrize("is_chosen", [True, False])
def test_a_folder_that_is_not_to_be_written_is_told_by_what_chooses_it(
    emo: Emo, server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_chosen: bool
) -> None:
    """The variable, or that there is one."""
    chosen, home = tmp_path / "chosen", tmp_path / "home" / "emo"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EMO_CONFIG_DIR", str(chosen) if is_chosen else "")
    folder = chosen if is_chosen else home
    folder.mkdir(parents=True)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder / "server.json.x"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    monkeypatch.setattr("os.access", lambda path, _: Path(path) != folder)
    done = emo("login", "ann", "--server", server)
    sentence = (
        f"EMO_CONFIG_DIR={chosen}: Permission denied"
        if is_chosen
        else f"{home}: Permission denied; EMO_CONFIG_DIR names another folder for settings"
    )
    assert (done.exit_code, done.stderr) == (10, f"emo: {sentence}\n")


def test_a_full_disk_is_told_by_the_file_that_it_lacks(
    emo: Emo, server: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the system names none when it is written."""

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    done = emo("login", "ann", "--server", server)
    assert (done.exit_code, done.stderr) == (10, f"emo: {config / 'credentials.json'}: No space left on device\n")
