"""What `emo admin move` refuses before it looks at any target."""

from pathlib import Path

import pytest

from unit.cli.conftest import admin

TO = ("--to", "mongodb://127.0.0.1:1", "--s3", "bucket")

pytestmark = pytest.mark.usefixtures("data_folder")


def test_without_a_database_nothing_is_made(data_folder: Path) -> None:
    """It is the wrong folder, and one line says so."""
    done = admin("move", *TO)
    hint = "set DATA_FOLDER, or run it where the server ran"
    assert (done.exit_code, done.stderr) == (78, f"emo: there is no database in {data_folder}: {hint}\n")
    assert not data_folder.exists()


@pytest.mark.parametrize("to", [(), TO[:2], TO[2:]])
def test_a_target_has_two_halves(to: tuple[str, ...]) -> None:
    """MongoDB alone, or S3 alone, is nowhere to move to."""
    assert admin("create-user", "ann", "ann@example.com").exit_code == 0
    done = admin("move", *to)
    sentence = "emo: say where to move: MONGODB_URL and ASSET_S3_BUCKET, or --to and --s3\n"
    assert (done.exit_code, done.stderr) == (78, sentence)


def test_the_bucket_may_be_an_option_beside_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASSET_S3_URL without ASSET_S3_BUCKET is right here; and a URL that is wrong ends in a sentence."""
    assert admin("create-user", "ann", "ann@example.com").exit_code == 0
    monkeypatch.setenv("ASSET_S3_URL", "http://127.0.0.1:1")
    done = admin("move", "--to", "localhost:27017", "--s3", "bucket")
    assert done.exit_code == 78
    assert done.stderr.startswith("emo: MONGODB_URL")
