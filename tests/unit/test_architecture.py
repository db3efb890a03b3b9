"""docs/architecture.md and the tree say the same."""

import re
from pathlib import Path
from typing import Final

import emo_grpc

SRC: Final = Path(emo_grpc.__file__).parent
PAGE: Final = Path(__file__).parents[2] / "docs" / "architecture.md"
ROOM: Final = re.compile(r"^\| `([\w/]+)/` \| .+ \|$", re.MULTILINE)
MOST_FILES: Final = 25


def rooms() -> set[str]:
    """All packages below emo_grpc, as paths."""
    return {str(path.parent.relative_to(SRC)) for path in SRC.rglob("*/__init__.py")}


def test_every_room_has_its_reason() -> None:
    """The page lists every package, and none that is not there."""
    assert set(ROOM.findall(PAGE.read_text())) == rooms()


def test_no_room_is_overcrowded() -> None:
    """A package that grows past what one can take in at a glance is split."""
    counts = {room: len(list((SRC / room).glob("*.py"))) for room in rooms()}
    assert {room: count for room, count in counts.items() if count > MOST_FILES} == {}
