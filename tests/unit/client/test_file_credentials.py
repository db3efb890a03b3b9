"""Tokens on disk are for their owner alone."""

import errno
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emo_grpc.client import Credentials, FileCredentialsStore
from emo_grpc.private_file import PrivateFile
from syncs import watched_syncs

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
ANN = Credentials("ann", "access", "refresh", NOW, NOW, NOW)
BOB = Credentials("bob", "access", "refresh", NOW, NOW, NOW)


async def test_file_and_folder_are_closed_to_others(tmp_path: Path) -> None:
    """Mode 0600 in a folder of mode 0700."""
    path = tmp_path / "config" / "credentials.json"
    await FileCredentialsStore(path, "s").save(ANN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_login_survives_a_power_cut(tmp_path: Path) -> None:
    """A refresh token is good once: the file as it was before would hold one that is spent."""
    path = tmp_path / "credentials.json"
    with watched_syncs() as syncs:
        await FileCredentialsStore(path, "s").save(ANN)
    assert syncs.order(tmp_path, path) == [path, tmp_path]


async def test_a_login_that_can_not_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At no moment is there none, whatever goes wrong."""
    store = FileCredentialsStore(tmp_path / "credentials.json", "s")
    await store.save(ANN)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="nput/output"):
        await store.save(BOB)
    assert await store.load() == ANN
    assert not list(tmp_path.glob(".credentials*"))


async def test_each_server_has_its_own_login(tmp_path: Path) -> None:
    """Saving and clearing one server's leaves the others'."""
    path = tmp_path / "credentials.json"
    one, other = FileCredentialsStore(path, "one"), FileCredentialsStore(path, "other")
    await one.save(ANN)
    await other.save(BOB)
    assert (await one.load(), await other.load()) == (ANN, BOB)
    await one.clear()
    assert (await one.load(), await other.load()) == (None, BOB)


@pytest.mark.parametrize("content", ["", "no json", "[1]", '{"s": 1}', '{"s": {"user_id": "u"}}'])
async def test_a_broken_file_counts_as_no_login(tmp_path: Path, content: str) -> None:
    """Logging in again mends it."""
    path = tmp_path / "credentials.json"
    path.write_text(content)
    store = FileCredentialsStore(path, "s")
    assert await store.load() is None
    await store.save(ANN)
    assert await store.load() == ANN


def test_a_failed_write_leaves_the_old_content(tmp_path: Path) -> None:
    """No half-written file, and no temporary file, stays."""
    file = PrivateFile(tmp_path / "state.json")
    file.write({"kept": 1})
    with pytest.raises(TypeError):
        file.write({"bad": object()})
    assert json.loads((tmp_path / "state.json").read_text()) == {"kept": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_secrets_do_not_show() -> None:
    """Printing credentials prints no token."""
    assert "access'" not in repr(ANN)
    assert "refresh'" not in repr(ANN)


async def test_a_device_is_known_after_logging_out(tmp_path: Path) -> None:
    """Each name at each server has a device token, in a file for their owner alone."""
    path = tmp_path / "credentials.json"
    one, other = FileCredentialsStore(path, "one"), FileCredentialsStore(path, "other")
    await one.keep_device_token("ann", "first")
    await one.keep_device_token("bob", "second")
    await other.keep_device_token("ann", "third")
    await one.save(ANN)
    await one.clear()
    again = FileCredentialsStore(path, "one")
    assert [await again.device_token(name) for name in ("ann", "bob", "cid")] == ["first", "second", ""]
    assert await other.device_token("ann") == "third"
    assert stat.S_IMODE((tmp_path / "devices.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "no json", "[1]", '{"s": 1}', '{"s": {"ann": 1}}', '{"s": {"ann": "é"}}'])
async def test_a_broken_file_of_devices_counts_as_none(tmp_path: Path, content: str) -> None:
    """The next login mends it, and one that can't be written is no worse for that."""
    (tmp_path / "devices.json").write_text(content)
    store = FileCredentialsStore(tmp_path / "credentials.json", "s")
    assert await store.device_token("ann") == ""
    await store.keep_device_token("ann", "token")
    assert await store.device_token("ann") == "token"
    (tmp_path / "devices.json").unlink()
    (tmp_path / "devices.json").mkdir()
    await store.keep_device_token("ann", "token")
    assert await store.device_token("ann") == ""
