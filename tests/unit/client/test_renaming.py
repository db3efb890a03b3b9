"""Names that files get where nothing else has them."""

import os
from pathlib import Path

import pytest

from emo_grpc.client.transfers.renaming import is_one_file, rename_without_replacing


@pytest.fixture(params=["with hard links", "without"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file `one` and a link to it, on a file system with hard links, or without."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    if request.param == "without":
        monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "one").write_text("one")
    (tmp_path / "link").symlink_to("one")
    return tmp_path


@pytest.mark.parametrize("name", ["one", "link"])
def test_it_has_the_new_name_only(disk: Path, name: str) -> None:
    """A link stays one."""
    is_link = (disk / name).is_symlink()
    rename_without_replacing(disk / name, disk / "new")
    assert not os.path.lexists(disk / name)
    assert (disk / "new").is_symlink() is is_link


def test_a_folder_is_renamed_with_what_is_in_it(disk: Path) -> None:
    (disk / "folder").mkdir()
    (disk / "folder/inner").write_text("inner")
    rename_without_replacing(disk / "folder", disk / "new")
    assert (disk / "new/inner").read_text() == "inner"


@pytest.mark.parametrize("there", ["file", "nowhere", "folder"])
def test_what_is_there_stays(disk: Path, there: str) -> None:
    """A file, a link to nothing, or a folder; and so does what was to get its name."""
    (disk / "file").write_text("there")
    (disk / "nowhere").symlink_to("nothing")
    (disk / "folder").mkdir()
    with pytest.raises(FileExistsError) as raised:
        rename_without_replacing(disk / "one", disk / there)
    assert raised.value.filename == str(disk / there)
    assert ((disk / "one").read_text(), (disk / "file").read_text()) == ("one", "there")
    assert ((disk / "nowhere").is_symlink(), (disk / "folder").is_dir()) == (True, True)


def test_what_comes_there_at_the_last_moment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No moment lies between looking for it and renaming."""
    (tmp_path / "one").write_text("one")
    link = os.link

    def come(source: Path, target: Path, *, follow_symlinks: bool) -> None:
        target.write_text("mine")
        link(source, target, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "link", come)
    with pytest.raises(FileExistsError):
        rename_without_replacing(tmp_path / "one", tmp_path / "new")
    assert ((tmp_path / "one").read_text(), (tmp_path / "new").read_text()) == ("one", "mine")


def test_two_names_of_one_file_are_known(disk: Path) -> None:
    """A link to it is no name of it, and neither is what is not there."""
    (disk / "other").write_text("one")
    assert is_one_file(disk / "one", disk / "one")
    assert not any(is_one_file(disk / "one", disk / name) for name in ("link", "other", "missing"))
