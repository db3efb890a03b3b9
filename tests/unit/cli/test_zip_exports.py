"""ZIP files of `emo export` that were broken off."""

import asyncio
import gc
import io
import itertools
import os
import sys
import zipfile
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic

import google_crc32c
import grpc
import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.cli.assets.exports import draft_file, exporter, zip_target
from emo_grpc.cli.assets.exports.exporter import Exporter
from emo_grpc.cli.assets.exports.opening import opened_target
from emo_grpc.cli.assets.exports.zip_draft import ZipDraft
from emo_grpc.cli.assets.exports.zip_records import CRC_AT
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal import progress_bars
from emo_grpc.cli.terminal.progress_bars import Bar
from emo_grpc.client import OnProgress, Progress
from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

DATA = b"cake" * 500_000


def nested() -> bytes:
    """An archive, whose records must not be taken for those of the one that it is in."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("files/inner.jpg", b"inner")
    return file.getvalue()


class SmallVault:
    """Files in memory; `fetched` are the names of those that were asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files
        self.fetched: list[str] = []
        self.on_fetch: Callable[[], None] = lambda: None

    async def assets(self) -> AsyncGenerator[pb.Asset, None]:
        for number, (name, data) in enumerate(self._files.items()):
            file = pb.File(name=name, size_bytes=len(data), crc32c=google_crc32c.value(data))
            yield pb.Asset(asset_id=f"0191e3a0-0000-7000-8000-{number:012}", file=file)

    async def chunks(self, asset: pb.Asset, offset: int) -> AsyncGenerator[bytes, None]:
        self.fetched.append(asset.file.name)
        self.on_fetch()
        data = self._files[asset.file.name]
        for at in range(offset, len(data), 50):
            yield data[at : at + 50]


FILES = {"a.jpg": b"cake" * 40, "empty.txt": b"", "zip.zip": nested(), "é.jpg": b"another" * 30, "z.zip": nested() * 2}


@pytest.fixture(autouse=True)
def _small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of 200 bytes are written in pieces, as large ones are."""
    if "ann" not in request.fixturenames:
        monkeypatch.setattr(zip_target, "SMALL_BYTES", 200)


def exported(files: dict[str, bytes], path: Path) -> list[str]:
    """Export them, or go on with that; gives the names of what was fetched, and proves what has come out."""
    vault = SmallVault(files)
    with opened_target(path, overwrite=False) as target:
        assert asyncio.run(Exporter(vault, target).run()).files == len(files)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = {"README.txt", "assets.jsonl", "manifest.json", *(f"files/{name}" for name in files)}
        assert set(archive.namelist()) == names
        assert len(archive.namelist()) == len(names)
        assert {name: archive.read(f"files/{name}") for name in files} == files
        assert {(each.external_attr >> 16, each.create_system) for each in archive.infolist()} == {(0o600, 3)}
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return vault.fetched


def ends_of(path: Path) -> dict[str, int]:
    """Where each file of an archive ends."""
    with zipfile.ZipFile(path) as archive:
        found = archive.infolist()
        starts = [*(info.header_offset for info in found), archive.start_dir]
        return {info.filename: end for info, end in zip(found, starts[1:], strict=True)}


def test_names_are_utf8(tmp_path: Path) -> None:
    """Other programs read them as they are: what is not ASCII is UTF-8, and marked as that, on each Python alike."""
    out, names = tmp_path / "out.zip", ("a.jpg", "é.jpg", "\u65e5.jpg")
    exported(dict.fromkeys(names, b"cake"), out)
    with zipfile.ZipFile(out) as archive:
        marked = [name for name in names if archive.getinfo(f"files/{name}").flag_bits & 0x800]
    assert marked == ["é.jpg", "\u65e5.jpg"]
    assert all(out.read_bytes().count(f"files/{name}".encode()) >= 2 for name in names)


def test_it_goes_on_wherever_it_was_broken_off(tmp_path: Path) -> None:
    """Cut in a header, a file or the list at the end, all whole files stay, and only the others are fetched."""
    out = tmp_path / "out.zip"
    assert sorted(exported(FILES, out)) == sorted(FILES)
    whole, ends = out.read_bytes(), ends_of(out)
    edges = {end + by for end in ends.values() for by in (-1, 0, 1, 29, 31)}
    for cut in sorted({0, 1, len(whole) - 1, len(whole), *edges, *Random(7).sample(range(len(whole)), 20)}):
        out.unlink()
        (tmp_path / "out.zip.part").write_bytes(whole[:cut])
        missing = [name for name in FILES if ends[f"files/{name}"] > cut]
        assert sorted(exported(FILES, out)) == sorted(missing), cut


def test_one_that_is_interrupted_while_it_is_read_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C need not wait until each byte of it is proven, and none of them is let go of."""
    out, reading, interrupted = tmp_path / "out.zip", Event(), Event()
    exported(FILES, out)
    whole = out.read_bytes()
    part = out.rename(tmp_path / "out.zip.part")

    def endless(*_: object) -> Iterator[bytes]:
        reading.set()
        deadline = monotonic() + 10
        try:
            while monotonic() < deadline:
                yield b""
        except GeneratorExit:
            interrupted.set()
            raise

    async def interrupt() -> None:
        with opened_target(out, overwrite=False) as target:
            running = asyncio.create_task(Exporter(SmallVault(FILES), target).run())
            assert await asyncio.to_thread(reading.wait, 10)
            running.cancel()
            await running

    monkeypatch.setattr(ZipDraft, "bytes_of", endless)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupt())
    assert interrupted.is_set()
    assert part.read_bytes() == whole


def test_what_is_not_right_in_it_is_fetched_again(tmp_path: Path) -> None:
    """Each byte is proven before it is believed: a header without its checksum, or a bit that a disk has lost."""
    out = tmp_path / "out.zip"
    exported(FILES, out)
    whole, ends = out.read_bytes(), ends_of(out)
    for name in ("a.jpg", "zip.zip", "é.jpg"):
        end = ends[f"files/{name}"]
        header = max(each for each in ends.values() if each < end)
        for at in (header + CRC_AT, end - 1):
            damaged = bytearray(whole)
            damaged[at] ^= 1
            out.unlink()
            (tmp_path / "out.zip.part").write_bytes(damaged)
            missing = [each for each in FILES if ends[f"files/{each}"] >= end]
            assert sorted(exported(FILES, out)) == sorted(missing)


def test_no_bit_of_a_header_is_believed(tmp_path: Path) -> None:
    """Flags that call a file encrypted, another size: a header is what zipfile writes, or its file is fetched again."""
    out = tmp_path / "out.zip"
    exported(FILES, out)
    whole, ends = out.read_bytes(), ends_of(out)
    header = max(each for each in ends.values() if each < ends["files/a.jpg"])
    for at, bit in ((4, 1), (6, 0), (6, 3), (6, 5), (8, 3), (12, 0), (18, 0), (21, 7), (28, 0)):
        damaged = bytearray(whole)
        damaged[header + at] ^= 1 << bit
        if at == 12:
            damaged[header + at] |= 0x1F  # the 31st
            damaged[header + at + 1] &= 0xFE
            damaged[header + at] = damaged[header + at] & 0x1F | 2 << 5  # of February
        out.unlink()
        (tmp_path / "out.zip.part").write_bytes(damaged)
        assert "a.jpg" in exported(FILES, out), (at, bit)


def test_what_was_deleted_since_is_not_in_it(tmp_path: Path) -> None:
    """Neither by name nor as bytes that no name has."""
    out = tmp_path / "out.zip"
    exported({**FILES, "secret.txt": b"of long ago"}, out)
    out.rename(tmp_path / "out.zip.part")
    exported(FILES, out)
    assert b"of long ago" not in out.read_bytes()


def test_a_file_of_another_content_is_replaced(tmp_path: Path) -> None:
    """Also if name and size are the same."""
    out = tmp_path / "out.zip"
    exported(FILES, out)
    out.rename(tmp_path / "out.zip.part")
    assert "a.jpg" in exported({**FILES, "a.jpg": b"pies" * 40}, out)


@pytest.mark.parametrize("content", [b"mine", nested(), b"PK\x03\x04"])
def test_a_file_of_that_name_that_is_no_export_stays(tmp_path: Path, content: bytes) -> None:
    """What somebody keeps beside it under the name that it grows under is not written into."""
    part = tmp_path / "out.zip.part"
    part.write_bytes(content + b"?")
    with (
        pytest.raises(Refusal, match="no export that this one can go on with"),
        opened_target(tmp_path / "out.zip", overwrite=False),
    ):
        raise AssertionError
    assert part.read_bytes() == content + b"?"
    part.unlink()
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), opened_target(tmp_path / "out.zip", overwrite=False):
        raise AssertionError
    assert not (tmp_path / "elsewhere").exists()
    part.unlink()
    os.mkfifo(part)
    with (
        pytest.raises(Refusal, match="no export that this one can go on with"),
        opened_target(tmp_path / "out.zip", overwrite=False),
    ):
        raise AssertionError


def test_two_exports_do_not_write_into_one(tmp_path: Path) -> None:
    """The second is refused, and the first one goes on."""
    out = tmp_path / "out.zip"
    with opened_target(out, overwrite=False) as target:
        with (
            pytest.raises(Refusal, match="another export to"),
            opened_target(out, overwrite=False),
        ):
            raise AssertionError
        assert asyncio.run(Exporter(SmallVault(FILES), target).run()).files == len(FILES)
    assert zipfile.ZipFile(out).testzip() is None


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    """The export goes on with its draft under another name, or by --force."""
    out = tmp_path / "out.zip"
    with pytest.raises(Refusal, match="exists already"), opened_target(out, overwrite=False) as target:
        asyncio.run(Exporter(SmallVault(FILES), target).run())
        out.write_text("mine")
    assert out.read_text() == "mine"
    assert (tmp_path / "out.zip.part").exists()


def test_a_file_that_comes_at_the_last_moment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No moment lies between looking for it and the name that the archive gets."""
    out, link = tmp_path / "out.zip", os.link

    def come(source: Path, target: Path, *, follow_symlinks: bool) -> None:
        out.write_text("mine")
        link(source, target, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "link", come)
    with pytest.raises(Refusal, match="exists already"), opened_target(out, overwrite=False) as target:
        asyncio.run(Exporter(SmallVault(FILES), target).run())
    assert out.read_text() == "mine"
    assert (tmp_path / "out.zip.part").exists()


def test_an_export_that_was_killed_while_it_got_its_name_is_not_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has both names then, and is whole: what overwrites it begins in another file."""
    out = tmp_path / "out.zip"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with opened_target(out, overwrite=False) as target:
            asyncio.run(Exporter(SmallVault(FILES), target).run())
    before = out.read_bytes()
    assert (tmp_path / "out.zip.part").samefile(out)
    with pytest.raises(KeyboardInterrupt), opened_target(out, overwrite=True) as target:
        target.begin(b"")
        raise KeyboardInterrupt
    assert out.read_bytes() == before
    with pytest.raises(Refusal, match="exists already"), opened_target(out, overwrite=False):
        raise AssertionError
    assert not (tmp_path / "out.zip.part").exists()


def test_a_draft_that_gets_its_name_meanwhile_is_not_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first export may end between the second one's opening of the draft and its lock."""

    def ended(_: int) -> bool:
        (tmp_path / "out.zip.part").rename(tmp_path / "done.zip")
        return True

    monkeypatch.setattr(draft_file, "try_lock", ended)
    with pytest.raises(Refusal, match="another export to"), opened_target(tmp_path / "out.zip", overwrite=False):
        raise AssertionError


def test_a_command_goes_on(ann: Emo, world: World, tmp_path: Path) -> None:
    """What had come stays, only for its maker, and is not fetched again; nothing is called out.zip until it is one."""
    names = [world.store(DATA, f"{number}.jpg") for number in range(3)]
    world.store(DATA * 5, "large.mp4")
    refused = Failure(grpc.StatusCode.PERMISSION_DENIED, "X", "not you", after=3_000_000)
    world.failures["DownloadAsset"] = [refused] * (len(names) + 1)  # only the large one is so long
    broken = ann("export", "--to", "out.zip")
    assert broken.exit_code == 3
    come = world.calls.count("DownloadAsset") - 1
    told = "emo: out.zip is not made yet: the same command goes on with out.zip.part"
    assert told in broken.stderr.splitlines()
    assert not (tmp_path / "out.zip").exists()
    assert (tmp_path / "out.zip.part").stat().st_mode & 0o777 == 0o600
    world.calls.clear()
    world.failures.clear()
    done = ann("export", "--to", "out.zip")
    assert (done.exit_code, done.stderr) == (0, "")
    assert world.calls.count("DownloadAsset") == len(names) + 1 - come
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("files/large.mp4") == DATA * 5
    assert not (tmp_path / "out.zip.part").exists()


def test_of_nothing_nothing_is_left(ann: Emo, world: World, tmp_path: Path) -> None:
    """A command that fails before a file has come leaves no file of its own."""
    world.store(DATA, "a.jpg")
    world.failures["ListAssets"] = [Failure(grpc.StatusCode.PERMISSION_DENIED, "X", "not you")]
    assert ann("export", "--to", "out.zip").exit_code == 3
    assert [each.name for each in tmp_path.iterdir() if each.name != "config"] == []


class NoBars:
    """In place of bars, which keep the times of their last thousand steps."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def file(self, *_: object) -> AbstractContextManager[OnProgress]:
        return nullcontext(lambda _: None)


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_the_bar_counts_all_that_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The first piece of a file, too, is not taken for what an earlier command has fetched."""
    totals: list[int | None] = []

    class SeenBar(Bar):
        def __call__(self, transferred: Progress) -> None:
            totals.append(transferred.total)
            super().__call__(transferred)

    monkeypatch.setattr(progress_bars, "Bar", SeenBar)
    with opened_target(tmp_path / name, overwrite=False) as target:
        asyncio.run(Exporter(SmallVault(FILES), target).run())
    assert set(totals) == {sum(map(len, FILES.values()))}


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_remembers_no_asset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """However many there are: what has to be known of all of them lies on the disk."""
    monkeypatch.setattr(exporter, "TransferBars", NoBars)

    def objects(count: int) -> int:
        """How many of Python's there are near its end, more than before."""
        vault = SmallVault({f"{number}.jpg": b"x" for number in range(count)})
        left, found = itertools.count(count - 10, -1), [0]

        def look() -> None:
            vault.fetched.clear()
            if not next(left):
                gc.collect()
                found[0] = sys.getallocatedblocks()

        vault.on_fetch = look
        with opened_target(tmp_path / str(count) / name, overwrite=False) as target:
            gc.collect()
            before = sys.getallocatedblocks()
            asyncio.run(Exporter(vault, target).run())
        return found[0] - before

    for count in (20, 50, 1500):
        (tmp_path / str(count)).mkdir()
    objects(20)  # what is loaded and made once
    assert objects(1500) < objects(50) + 1000
