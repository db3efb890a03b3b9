"""What makes two requests the same, also across releases."""

from dataclasses import dataclass, field

from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.file import File
from emo_grpc.shared.service_layer.idempotency import fingerprint


@dataclass(frozen=True, slots=True)
class Song:
    title: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SongOfTheNextRelease:
    title: str
    composer: str = ""
    tags: tuple[str, ...] = ()
    verses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Album:
    best: Song | SongOfTheNextRelease


def test_a_field_that_nobody_has_set_yet() -> None:
    """A request that is repeated after an update is the same one, though the update knows more fields."""
    before, after = Song("x", ("a",)), SongOfTheNextRelease("x", tags=("a",))
    assert fingerprint(before, 1) == fingerprint(after, 1)
    assert fingerprint(Album(before)) == fingerprint(Album(after))


def test_whatever_is_said_counts() -> None:
    """Requests that differ in anything, a new field too, are different ones."""
    different = [
        fingerprint(Song("x")),
        fingerprint(Song("y")),
        fingerprint(Song("x", ("a",))),
        fingerprint(SongOfTheNextRelease("x", composer="a")),
        fingerprint(SongOfTheNextRelease("x", verses=["a"])),
        fingerprint(Song("x"), Song("x")),
        fingerprint(Album(Song("x"))),
        fingerprint("x"),
    ]
    assert len(set(different)) == len(different)


def test_remembered_requests() -> None:
    """What is in databases today: whoever changes these refuses requests that are repeated across the update."""
    assert fingerprint("ana", "ana@example.org", "", "") == (
        "d8e954f13ac88ca2cad312114a33681d8cda2dc2f0e3ff35ac52c4116f24be9e"
    )
    assert fingerprint(Description(title="x", tags=("a",)), File(name="x.jpg", size_bytes=1)) == (
        "654f444c6ddd172ccb003eb08a26b8c7fabfc9c51b56ba7d41153d0b1503cfdd"
    )
