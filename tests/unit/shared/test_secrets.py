"""Secrets that a server in dev makes for itself, and the lock on its folder."""

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.hosting.folder_lock import locked_folder
from emo_grpc.settings import CannotStart, Settings


def settings(folder: Path, **values: Any) -> Settings:
    return Settings(_env_file=None, data_folder=folder, **values)


def test_generated_once(tmp_path: Path) -> None:
    """Missing secrets are made at the first start, named, and the same at the next."""
    first = fill_secrets(settings(tmp_path / "data"))
    assert first.generated == ("JWT_SECRET_KEY", "DATA_KEY_ENCRYPTION_KEY")
    assert first.settings.jwt_secret_key.get_secret_value()
    assert fill_secrets(settings(tmp_path / "data")).settings == first.settings
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.path.parent.stat().st_mode) == 0o700
    assert [file.name for file in first.path.parent.iterdir()] == ["secrets.env"]


def test_own_secrets_win(tmp_path: Path) -> None:
    """A secret that is set is used, and only the other one comes from the file."""
    filled = fill_secrets(settings(tmp_path, jwt_secret_key="a" * 64))
    assert filled.generated == ("DATA_KEY_ENCRYPTION_KEY",)
    assert filled.settings.jwt_secret_key.get_secret_value() == "a" * 64


def test_nothing_missing(tmp_path: Path) -> None:
    """With both secrets set no file is made."""
    made = fill_secrets(settings(tmp_path)).settings
    (tmp_path / "secrets.env").unlink()
    assert fill_secrets(made).generated == ()
    assert list(tmp_path.iterdir()) == []


def test_other_settings_stay(tmp_path: Path) -> None:
    """Filling secrets in changes nothing else."""
    given = settings(tmp_path, emo_listen="localhost:7", jwt_secret_keys_retired="b" * 64)
    filled = fill_secrets(given).settings
    names = set(Settings.model_fields) - {"jwt_secret_key", "data_key_encryption_key"}
    assert {name: getattr(filled, name) for name in names} == {name: getattr(given, name) for name in names}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "lacks JWT_SECRET_KEY"), ("JWT_SECRET_KEY=x\nDATA_KEY_ENCRYPTION_KEY=x", "is damaged")],
)
def test_damaged_file(tmp_path: Path, content: str, sentence: str) -> None:
    """A file without its secrets is a sentence, and never overwritten: files may be encrypted under what it held."""
    (tmp_path / "secrets.env").write_text(content)
    with pytest.raises(CannotStart, match=sentence):
        fill_secrets(settings(tmp_path))
    assert (tmp_path / "secrets.env").read_text() == content


def test_a_database_without_its_secrets(tmp_path: Path) -> None:
    """No new secrets are made beside a database: files may be encrypted under the ones that are gone."""
    (tmp_path / "emo.sqlite3").touch()
    with pytest.raises(CannotStart, match=r"holds a database, but secrets.env .* set JWT_SECRET_KEY"):
        fill_secrets(settings(tmp_path))
    assert not (tmp_path / "secrets.env").exists()


def test_no_place_for_it(tmp_path: Path) -> None:
    """A folder that can't be written is a sentence."""
    (tmp_path / "data").touch()
    with pytest.raises(CannotStart, match="can't keep secrets"):
        fill_secrets(settings(tmp_path / "data"))
    with pytest.raises(CannotStart, match="can't be used"), locked_folder(tmp_path / "data"):
        pass


def test_one_server_a_folder(tmp_path: Path) -> None:
    """A second server on the same folder is refused while the first one runs, and not afterwards."""
    with (
        locked_folder(tmp_path),
        pytest.raises(CannotStart, match="another server runs on"),
        locked_folder(tmp_path),
    ):
        pass
    with locked_folder(tmp_path):
        pass


def test_dead_server_holds_no_lock(tmp_path: Path) -> None:
    """A server that was killed leaves no lock behind."""
    script = (
        "import sys, time; from pathlib import Path; from emo_grpc.hosting.folder_lock import locked_folder\n"
        "with locked_folder(Path(sys.argv[1])): print('in', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(CannotStart), locked_folder(tmp_path):
            pass
        other.kill()
    with locked_folder(tmp_path):
        pass
