"""The small folder for trying emo out."""

import io
import struct
import subprocess
import sys
import wave
from pathlib import Path

from PIL import Image
from scripts.family_folder.__main__ import family_files
from scripts.family_folder.pictures import HEIGHT, WIDTH
from scripts.family_folder.recordings import FRAMES


def test_its_files_are_what_their_names_say() -> None:
    """Other programs open its photos and its voice note."""
    files = dict(family_files())
    for path, content in files.items():
        if path.endswith(".png"):
            with Image.open(io.BytesIO(content)) as photo:
                photo.load()
                assert (photo.format, photo.size) == ("PNG", (WIDTH, HEIGHT))
    with wave.open(io.BytesIO(files["Voice notes/Grandpa sings.wav"])) as note:
        assert note.getnframes() / note.getframerate() == 3


def test_its_video() -> None:
    """Its chunks are as long as they say, and each picture is where the index has it."""
    content = dict(family_files())["1995/Sea/sunrise.avi"]
    assert struct.unpack("<4sI4s", content[:12]) == (b"RIFF", len(content) - 8, b"AVI ")
    movie, index = content.index(b"movi"), content.rindex(b"idx1")
    entries = list(struct.iter_unpack("<4sIII", content[index + 8 :]))
    assert len(entries) == FRAMES
    for kind, _, at, size in entries:
        assert content[movie + at :][:8] == kind + struct.pack("<I", size)
        assert size == WIDTH * HEIGHT * 3


def test_names_come_twice(tmp_path: Path) -> None:
    """It is small, the same every time, and has photos of the same name in different folders."""
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "scripts.family_folder", str(tmp_path)], check=True)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in paths} == dict(family_files())
    assert len({path.name for path in paths}) < len(paths)
    assert sum(path.stat().st_size for path in paths) < 1 << 20
