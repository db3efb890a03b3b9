"""What `emo admin verify` finds, in words and as JSON."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from emo_grpc.assets.service_layer.integrity.file_check import Damage
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile
from emo_grpc.assets.service_layer.ports import CompleteBlob, UnfinishedBlob

HEADINGS: Final = ("ID", "Problem", "Owner")
MAX_PARTS: Final = 5

Row = tuple[str, str, str]
Json = dict[str, object]


def row_of_broken(broken: BrokenFile) -> Row:
    """One line for people."""
    what = words_of(broken.damages)
    owners = ", ".join(map(str, broken.owner_ids))
    return str(broken.asset_id), f"upload: {what}" if broken.is_upload else what, owners


def json_of_broken(broken: BrokenFile) -> Json:
    """One object for programs; no parts: the file as a whole."""
    return {
        "kind": "upload" if broken.is_upload else "file",
        "asset_id": str(broken.asset_id),
        "owner_ids": [str(owner_id) for owner_id in broken.owner_ids],
        "blob_key": None if broken.blob_key is None else str(broken.blob_key),
        "problems": [{"problem": flaw, "parts": parts} for flaw, parts in _by_flaw(broken.damages)],
    }


def row_of_orphan(orphan: CompleteBlob | UnfinishedBlob, *, is_removed: bool) -> Row:
    """One line for people; the id is that of the object."""
    kind = "orphan object" if isinstance(orphan, CompleteBlob) else "orphan upload"
    return str(orphan.key), f"{kind}{', removed' if is_removed else ''}", ""


def json_of_orphan(orphan: CompleteBlob | UnfinishedBlob, *, is_removed: bool) -> Json:
    """One object for programs."""
    is_complete = isinstance(orphan, CompleteBlob)
    return {
        "kind": "orphan object" if is_complete else "orphan upload",
        "blob_key": str(orphan.key),
        "time": (orphan.time if isinstance(orphan, CompleteBlob) else orphan.begin_time).isoformat(),
        "removed": is_removed,
    }


def words_of(damages: Sequence[Damage]) -> str:
    """What is wrong with which parts."""
    return "; ".join(_words(flaw, parts) for flaw, parts in _by_flaw(damages))


def _by_flaw(damages: Sequence[Damage]) -> Iterator[tuple[str, list[int]]]:
    ordered = sorted(damages, key=lambda damage: (damage.flaw, damage.part))
    for flaw, group in groupby(ordered, key=lambda damage: damage.flaw):
        yield flaw.value, [damage.part for damage in group if damage.part]


def _words(flaw: str, parts: Sequence[int]) -> str:
    if not parts:
        return flaw
    more = len(parts) - MAX_PARTS
    shown = ", ".join(map(str, parts[:MAX_PARTS])) + (f" and {more} more" if more > 0 else "")
    return f"{'part' if len(parts) == 1 else 'parts'} {shown} {flaw}"
