"""Folders of `emo export` that were broken off, and what others may do to them meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.cli.assets.exports.exporter import Exporter
from emo_grpc.cli.assets.exports.opening import opened_target
from emo_grpc.cli.assets.exports.vault import FileMissing
from emo_grpc.cli.failures import Refusal
from unit.cli.test_zip_exports import SmallVault

FILES = {"a.jpg": b"cake" * 50, "b.jpg": b"another cake" * 50}


class BreakingVault(SmallVault):
    """Gives the beginning of each file, and then this error."""

    def __init__(self, files: dict[str, bytes], error: BaseException) -> None:
        super().__init__(files)
        self._error = error

    async def chunks(self, asset: pb.Asset, offset: int) -> AsyncGenerator[bytes, None]:
        async for data in super().chunks(asset, offset):
            yield data
            raise self._error


def export(vault: SmallVault, out: Path) -> None:
    with opened_target(out, overwrite=False) as target:
        asyncio.run(Exporter(vault, target).run())


def files_in(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "files").iterdir())


@pytest.mark.parametrize("now", [{"a.jpg": b"other bytes"}, {"c.jpg": b"another name"}, {}])
def test_nothing_stays_of_what_nothing_goes_on_with(tmp_path: Path, now: dict[str, bytes]) -> None:
    """A file that was broken off, and was changed, renamed or deleted in the vault since."""
    with suppress(asyncio.CancelledError):
        export(BreakingVault({"a.jpg": FILES["a.jpg"]}, asyncio.CancelledError()), tmp_path / "out")
    (part,) = files_in(tmp_path / "out")
    assert part.endswith(".part")
    export(SmallVault(now), tmp_path / "out")
    assert files_in(tmp_path / "out") == sorted(now)


def test_nothing_is_removed_through_a_link(tmp_path: Path) -> None:
    """Only what is in the export itself."""
    export(SmallVault({}), tmp_path / "out")
    other = tmp_path / f"other/a.jpg.{'0' * 32}.part"
    other.parent.mkdir()
    other.touch()
    (tmp_path / "out/files").symlink_to(other.parent)
    export(SmallVault({}), tmp_path / "out")
    assert other.exists()


def test_what_cannot_be_had_now_goes_on_later(tmp_path: Path) -> None:
    """Each file from where it was."""
    export(BreakingVault(FILES, FileMissing("not now", 1)), tmp_path / "out")
    parts = [path.stat().st_size for path in (tmp_path / "out/files").iterdir()]
    assert parts == [50, 50]
    export(SmallVault(FILES), tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out/files").iterdir()} == FILES


def test_two_exports_do_not_write_into_one(tmp_path: Path) -> None:
    """The second one would mix its lines into those of the first."""
    out = tmp_path / "out"
    with (
        opened_target(out, overwrite=False),
        pytest.raises(Refusal, match="another export to"),
        opened_target(out, overwrite=False),
    ):
        raise AssertionError
    export(SmallVault(FILES), out)


@pytest.mark.parametrize("name", ["manifest.json.part", "assets.jsonl.part", "README.txt.part"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    """Who made a folder that looks like an export may have put some there."""
    export(SmallVault(FILES), tmp_path / "out")
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out" / name).symlink_to("../mine")
    with pytest.raises(OSError, match="symbolic link"):
        export(SmallVault(FILES), tmp_path / "out")
    assert (tmp_path / "mine").read_text() == "mine"
