"""What `emo admin verify` finds, in words and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from emo_grpc.assets.service_layer.integrity.file_check import Damage
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile
from emo_grpc.assets.service_layer.ports import CompleteBlob, UnfinishedBlob

HEADINGS: Final = ("ID", "Problem", "Owner")
MAX_PARTS: Final = 5

Row = tuple[str, str, str]


class Finding(NamedTuple):
    """One thing that is not as it should be: a line for people, and an object for programs."""

    row: Row
    content: Mapping[str, object]


def broken_file(broken: BrokenFile) -> Finding:
    """A file or an upload; no parts in its object: the file as a whole."""
    problem = damages_text(broken.damages)
    owners = [str(owner_id) for owner_id in broken.owner_ids]
    content = {
        "kind": "upload" if broken.is_upload else "file",
        "asset_id": str(broken.asset_id),
        "owner_ids": owners,
        "blob_key": None if broken.blob_key is None else str(broken.blob_key),
        "problems": [{"problem": problem, "parts": parts} for problem, parts in _by_problem(broken.damages)],
    }
    row = str(broken.asset_id), f"upload: {problem}" if broken.is_upload else problem, ", ".join(owners)
    return Finding(row, content)


def orphan_blob(orphan: CompleteBlob | UnfinishedBlob, *, is_removed: bool) -> Finding:
    """An object or an unfinished upload in the file store; the id in its row is that of the object."""
    kind = "orphan object" if isinstance(orphan, CompleteBlob) else "orphan upload"
    time = orphan.time if isinstance(orphan, CompleteBlob) else orphan.begin_time
    content = {"kind": kind, "blob_key": str(orphan.key), "time": time.isoformat(), "removed": is_removed}
    return Finding((str(orphan.key), f"{kind}{', removed' if is_removed else ''}", ""), content)


def damages_text(damages: Sequence[Damage]) -> str:
    """What is wrong with which parts."""
    return "; ".join(_problem_text(problem, parts) for problem, parts in _by_problem(damages))


def _by_problem(damages: Sequence[Damage]) -> Iterator[tuple[str, list[int]]]:
    ordered = sorted(damages, key=lambda damage: (damage.problem, damage.part))
    for problem, group in groupby(ordered, key=lambda damage: damage.problem):
        yield problem.value, [damage.part for damage in group if damage.part]


def _problem_text(problem: str, parts: Sequence[int]) -> str:
    if not parts:
        return problem
    more = len(parts) - MAX_PARTS
    shown = ", ".join(map(str, parts[:MAX_PARTS])) + (f" and {more} more" if more > 0 else "")
    return f"{'part' if len(parts) == 1 else 'parts'} {shown} {problem}"
