"""The names of folders and files that are made once, which a power cut must not take away with all that is in them."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from emo_grpc.assets.adapters.filesystem.blob_store import FilesystemBlobStore
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.migration.journal import MigrationJournal
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder
from emo_grpc.shared.adapters.filesystem.write_once import write_once
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from emo_grpc.users.adapters.mail.folder import MailFolder
from emo_grpc.users.service_layer.mails.ports import Mail
from syncs import watched_syncs


async def lock(folder: Path) -> None:
    with locked_folder(folder):
        pass


async def keep_secrets(folder: Path) -> None:
    fill_secrets(Settings(_env_file=None, data_folder=folder))


async def open_database(folder: Path) -> None:
    database = SqliteDatabase(folder / "emo.sqlite3", ())
    await database.open()
    await database.close()


async def open_store(folder: Path) -> None:
    FilesystemBlobStore(folder).close()


async def send_mail(folder: Path) -> None:
    await MailFolder(folder, "emo@example.org").send(Mail(to="ana@example.org", subject="Hi", body="Hi"))


@pytest.mark.parametrize("make", [lock, keep_secrets, open_database, open_store, send_mail])
async def test_a_new_folder_is_durable_with_all_above(make: Callable[[Path], Awaitable[None]], tmp_path: Path) -> None:
    """Whatever needs a folder makes each missing name on the way to it durable."""
    with watched_syncs() as syncs:
        await make(tmp_path / "srv" / "emo" / "data")
    assert [folder for folder in ("", "srv", "srv/emo") if tmp_path / folder not in syncs] == []


def test_a_folder_that_is_there_may_not_be_durable_yet(tmp_path: Path) -> None:
    """Who has made it may have been killed before it was."""
    (tmp_path / "data").mkdir()
    with watched_syncs() as syncs:
        make_folder(tmp_path / "data")
    assert tmp_path in syncs


@pytest.mark.parametrize("error", [PermissionError(13, "no"), OSError(30, "read-only"), OSError(22, "not known")])
def test_a_folder_of_others_is_taken_as_it_is(error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder above may be somebody else's, or a file system that knows no sync: nothing was made there."""
    (tmp_path / "data").mkdir()

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    make_folder(tmp_path / "data")
    with pytest.raises(OSError, match=error.strerror):
        make_folder(tmp_path / "new")


def test_a_folder_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that reports an error has lost something, whoever made the folder."""
    (tmp_path / "data").mkdir()

    def fail(_: int) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="input/output"):
        make_folder(tmp_path / "data")


def test_a_file_of_another_process_may_not_be_durable_yet(tmp_path: Path) -> None:
    """What is written once counts as soon as it is there, for whoever comes second as well."""
    (tmp_path / "secrets.env").write_text("made by somebody who was killed then")
    with watched_syncs() as syncs:
        write_once(tmp_path / "secrets.env", "")
    assert tmp_path in syncs


def test_a_journal_is_durable_with_its_name(tmp_path: Path) -> None:
    """What a move has noted is there after a power cut, also from the first note on."""
    journal = MigrationJournal(tmp_path)
    journal.note([uuid4()])
    with watched_syncs() as syncs:
        journal.write()
    assert tmp_path / "moved-ids" in syncs
    assert tmp_path in syncs


def test_a_file_is_durable_before_its_name(tmp_path: Path) -> None:
    """What is written once is whole after a power cut: nobody would ever write it again."""
    with watched_syncs() as syncs:
        write_once(tmp_path / "secrets.env", "KEY=1")
    assert syncs.order(tmp_path, tmp_path / "secrets.env") == [tmp_path / "secrets.env", tmp_path]
