"""Photos: a hill, a sun and a sky, in PNG (W3C, third edition)."""

import struct
import zlib
from dataclasses import dataclass
from random import Random
from typing import Final

WIDTH, HEIGHT = 160, 120
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

Colour = tuple[int, int, int]
SUN: Final[Colour] = (250, 220, 90)


@dataclass(frozen=True)
class Scene:
    """A hill before a sky. `horizon`: the row of its top; `sun`: the column and row of its middle."""

    sky: Colour
    hill: Colour
    horizon: int
    sun: tuple[int, int]

    def pixel(self, x: int, y: int) -> Colour:
        """The colour there, from the top left."""
        if y > self.horizon + (x - WIDTH // 2) ** 2 // 300:
            return self.hill
        return SUN if (x - self.sun[0]) ** 2 + (y - self.sun[1]) ** 2 < 120 else self.sky


def photo(seed: int) -> bytes:
    """One of 160 x 120 pixels; each seed has its own."""
    rows = b"".join(b"\0" + row for row in pixels(seed, 0))  # each row begins with its filter: none
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def pixels(seed: int, moment: int) -> list[bytes]:
    """The rows of a picture, from the top, three bytes (red, green, blue) a pixel. The sun moves with the moments."""
    random = Random(seed)  # noqa: S311 - nothing secret
    scene = Scene(
        sky=_colour(random, 150, 240),
        hill=_colour(random, 40, 140),
        horizon=random.randrange(50, 90),
        sun=(random.randrange(20, 100) + moment, random.randrange(15, 40)),
    )
    return [b"".join(bytes(scene.pixel(x, y)) for x in range(WIDTH)) for y in range(HEIGHT)]


def _colour(random: Random, low: int, high: int) -> Colour:
    return random.randint(low, high), random.randint(low, high), random.randint(low, high)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
