"""A voice note, in WAV, and a video, in AVI with uncompressed frames (Microsoft's RIFF, both)."""

import io
import math
import struct
import wave
from typing import Final

from scripts.family_folder.pictures import HEIGHT, WIDTH, pixels

RATE: Final = 8000
FRAMES: Final = 8
MICROSECONDS_A_FRAME: Final = 250_000
HAS_INDEX: Final = 0x10


def voice_note(seconds: int) -> bytes:
    """A hum that comes and goes: 8,000 samples a second of 8 bits."""
    samples = bytes(
        128 + round(60 * math.sin(number / 9) * math.sin(number / RATE * math.pi)) for number in range(RATE * seconds)
    )
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(samples)
    return made.getvalue()


def video(seed: int) -> bytes:
    """Two seconds of a sunrise, four pictures a second."""
    frames = [_frame(seed, moment) for moment in range(FRAMES)]
    moved = _list(b"movi", b"".join(_chunk(b"00db", frame) for frame in frames))
    size = len(frames[0])
    index = b"".join(
        struct.pack("<4sIII", b"00db", HAS_INDEX, 4 + number * (size + 8), size) for number in range(FRAMES)
    )
    return _chunk(b"RIFF", b"AVI " + _list(b"hdrl", _headers(size)) + moved + _chunk(b"idx1", index))


def _headers(size: int) -> bytes:
    main = struct.pack(
        "<14I", MICROSECONDS_A_FRAME, 4 * size, 0, HAS_INDEX, FRAMES, 0, 1, size, WIDTH, HEIGHT, 0, 0, 0, 0
    )
    stream = struct.pack(
        "<4s4sIHHIIIIIIII4H", b"vids", b"DIB ", 0, 0, 0, 0, 1, 4, 0, FRAMES, size, 0, 0, 0, 0, WIDTH, HEIGHT
    )
    picture = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, size, 0, 0, 0, 0)
    return _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture))


def _frame(seed: int, moment: int) -> bytes:
    """From the bottom, blue before red, as bitmaps have it; a row of 160 pixels needs no filling up."""
    rows = pixels(seed, moment * 3)
    return b"".join(row[at : at + 3][::-1] for row in reversed(rows) for at in range(0, len(row), 3))


def _list(kind: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", kind + content)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
