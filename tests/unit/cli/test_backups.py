"""`emo admin backup`, `backups` and `restore`, on a folder."""

import json
import re
from pathlib import Path

import pytest

from emo_grpc.backup import folder_place, places
from emo_grpc.cli.admin.backups import commands
from unit.cli.conftest import admin

pytestmark = pytest.mark.usefixtures("data_folder")

ID = r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}"


@pytest.fixture
def account(data_folder: Path) -> None:
    """A server that has one."""
    del data_folder
    assert admin("create-user", "ann", "ann@example.com").exit_code == 0


@pytest.mark.usefixtures("account")
def test_there_and_back(data_folder: Path) -> None:
    """What was backed up, proven, listed and restored; each leaves an entry, but not in the copy that it makes."""
    done = admin("backup", "--to", "there", "--verify", "--keep", "1")
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"Backup {ID} is in there: 0 files \(0 B\), 0 new \(0 B\)\.\n"
        rf"0 files can be opened in the backup {ID}\.\n0 older backups were removed\.\n",
        done.stdout,
    )
    assert admin("backup", "--to", "there", "--keep", "1").stdout.endswith("1 older backup was removed.\n")
    backup_id = admin("backups", "--from", "there").stdout.split("\t")[0]
    proven = admin("backup", "--from", "there", "--verify", "--backup", backup_id)
    assert (proven.exit_code, proven.stdout) == (0, f"0 files can be opened in the backup {backup_id}.\n")
    (listed,) = json.loads(admin("backups", "--from", "there", "--json").stdout)
    assert (listed["backup_id"], listed["with_keys"], listed["file_count"]) == (backup_id, False, 0)
    assert admin("audit").stdout.count("emo admin backup") == 3
    data_folder.rename(data_folder.with_name("old"))
    data_folder.mkdir()
    (data_folder.with_name("old") / "secrets.env").rename(data_folder / "secrets.env")
    restored = admin("restore", "--from", "there")
    assert restored.exit_code == 0, restored.stderr
    assert restored.stdout.startswith(f"Backup {backup_id} is restored to {data_folder}: 0 files (0 B).\n")
    audit = admin("audit").stdout
    assert "emo admin restore" in audit
    assert audit.count("emo admin backup") == 1
    assert admin("users").stdout.split("\t")[1] == "ann"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say --to PLACE to make a backup, or --from PLACE --verify to prove one"),
        (("--to", "there", "--from", "there"), "say --to PLACE to make a backup"),
        (("--from", "there"), "--from goes with --verify and --backup alone"),
        (("--from", "there", "--verify", "--keep", "2"), "--from goes with --verify and --backup alone"),
        (("--to", "there", "--backup", "x"), "--backup names one that is there"),
        (("--to", "there", "--keep", "0"), "--keep"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], sentence: str) -> None:
    """Nothing is made, and one line says what goes together."""
    done = admin("backup", *arguments)
    assert done.exit_code == 2
    assert sentence in done.output
    assert not Path("there").exists()


@pytest.mark.usefixtures("account")
def test_the_keys_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal --yes is needed; who says no has made no backup; who says yes has the keys in it."""
    done = admin("backup", "--to", "there", "--with-keys")
    assert (done.exit_code, Path("there").exists()) == (2, False)
    assert "use --yes" in str(done.exception) + done.output
    for answer in (False, True):
        monkeypatch.setattr(commands, "can_ask", lambda: True)
        monkeypatch.setattr(commands, "confirm", lambda _, answer=answer: answer)
        assert (admin("backup", "--to", "there", "--with-keys").exit_code == 0) is answer
        assert Path("there").exists() is answer
    assert admin("backup", "--to", "there", "--with-keys", "-y").exit_code == 0
    listed = json.loads(admin("backups", "--from", "there", "--json").stdout)
    assert [each["with_keys"] for each in listed] == [True, True]


@pytest.mark.usefixtures("account")
def test_what_is_refused(data_folder: Path) -> None:
    """With the exit codes of the same failures elsewhere: 5 in this state, 9 damaged."""
    assert admin("backup", "--to", "there").exit_code == 0
    assert admin("restore", "--from", "there").exit_code == 5
    assert admin("restore", "--from", "nowhere").exit_code == 5
    assert admin("backup", "--from", "there", "--verify", "--backup", "x").exit_code == 5
    assert admin("backup", "--to", str(data_folder / "there")).exit_code == 5
    (database,) = Path("there").rglob("emo.sqlite3")
    database.write_bytes(database.read_bytes()[:-1])
    assert admin("backup", "--from", "there", "--verify").exit_code == 9
    database.unlink()
    assert admin("backup", "--from", "there", "--verify").exit_code == 9


@pytest.mark.usefixtures("account")
def test_a_damaged_backup_is_listed_as_such() -> None:
    """All others are listed too."""
    for _ in range(2):
        assert admin("backup", "--to", "there").exit_code == 0
    first = min(Path("there/backups").iterdir())
    (first / "manifest.json").write_text("{}")
    done = admin("backups", "--from", "there")
    assert len(done.stdout.splitlines()) == 1
    assert first.name in done.stderr


@pytest.mark.usefixtures("account")
def test_a_place_that_can_t_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what is in the way."""

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied", "there")

    monkeypatch.setattr(folder_place, "make_folder", refuse)
    done = admin("backup", "--to", "there")
    assert (done.exit_code, done.stderr) == (5, "emo: there: Permission denied\n")


@pytest.mark.usefixtures("account")
def test_s3_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where boto3 is not installed, one line says how to install it; and a bucket needs a name."""
    done = admin("backup", "--to", "s3://")
    assert (done.exit_code, done.stderr) == (5, "emo: s3:// names no bucket: s3://BUCKET or s3://BUCKET/PREFIX\n")
    monkeypatch.setattr(places, "is_missing", lambda _: True)
    done = admin("backup", "--to", "s3://bucket/nightly")
    assert (done.exit_code, "pip install 'emo-grpc[s3]'" in done.stderr) == (5, True)
