"""Where the processor goes while one GiB is uploaded, or downloaded: servers from which more and more is left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.client import load
from benchmarks.cost.files import new_files
from benchmarks.cost.messages import Messages
from benchmarks.cost.sample import Sample, watched
from benchmarks.cost.transfers import GIB
from benchmarks.native_client import NativeClient
from benchmarks.servers import emo_server


@dataclass(frozen=True)
class Step:
    """What is left out in addition to the step before, and what that does."""

    cuts: tuple[str, ...]
    does: str


WHOLE = "all of it"
REST = "HTTP/2, gRPC, and chunks in and out of their messages"
UP = (
    Step((), WHOLE),
    Step(("writes",), "writing to the disk, and waiting for it"),
    Step(("encryption",), "AES-256-GCM"),
    Step(("checksums",), "CRC-32C, of each chunk and of the file"),
    Step(("uploads",), "batches, threads, parts, checkpoints"),
)
DOWN = (
    Step((), WHOLE),
    Step(("decryption",), "AES-256-GCM"),
    Step(("reads",), "reading from the disk"),
    Step(("checksums",), "CRC-32C, of each chunk and of the file"),
    Step(("downloads",), "threads, segments that are opened ahead"),
)


@dataclass(frozen=True)
class Share:
    """Seconds of processor that something took, of one GiB, and how often threads waited, for each MiB."""

    does: str
    seconds: float
    waits: float


class Account:
    """Measures it; `folder` lies on the disk, `memory` in memory."""

    def __init__(self, folder: Path, memory: Path) -> None:
        self._folder = folder
        self._client = NativeClient.built_in(memory)
        unchecked = memory / "unchecked"
        unchecked.mkdir()
        self._messages = {True: Messages(memory), False: Messages(unchecked, checked=False)}

    def of_uploads(self, rounds: int) -> list[Share]:
        """From the whole to the transport alone."""
        return _shares(UP, [_each(UP, self._upload) for _ in range(rounds)])

    def of_downloads(self, rounds: int) -> list[Share]:
        """As above."""
        with emo_server(self._folder / "down") as emo:
            user = load("login", target=emo.target)
            asset_id = load("upload", target=emo.target, token=user["token"], size=GIB)["asset_ids"][0]

        def download(cuts: Sequence[str]) -> Sample:
            with emo_server(self._folder / "down", cuts) as emo:
                token = load("login", target=emo.target, username=user["username"])["token"]
                return watched(self._client, emo, token, self._messages[True].download(asset_id, GIB), least=GIB)

        return _shares(DOWN, [_each(DOWN, download) for _ in range(rounds)])

    def _upload(self, cuts: Sequence[str]) -> Sample:
        messages = self._messages["checksums" not in cuts]
        with emo_server(self._folder / "up", cuts) as emo, new_files(emo, GIB) as files:
            # Without a finish: there would be nothing to finish where chunks are dropped.
            return watched(self._client, emo, files.token, messages.uploads(files.asset_ids, GIB, finished=False))


def cuts_of(steps: Sequence[Step]) -> list[tuple[str, ...]]:
    """What each step and those before it leave out."""
    return [tuple(name for step in steps[: count + 1] for name in step.cuts) for count in range(len(steps))]


def _each(steps: Sequence[Step], measure: Callable[[Sequence[str]], Sample]) -> list[Sample]:
    return [measure(cuts) for cuts in cuts_of(steps)]


def _shares(steps: Sequence[Step], rounds: list[list[Sample]]) -> list[Share]:
    """Of what each step left out, in the order of the steps; the first is the whole, the last what nothing left out."""
    seconds = [median(each.processor_seconds for each in column) for column in zip(*rounds, strict=True)]
    waits = [median(each.waits for each in column) / (GIB >> 20) for column in zip(*rounds, strict=True)]
    whole, rest = Share(WHOLE, seconds[0], waits[0]), Share(REST, seconds[-1], waits[-1])
    left_out = [
        Share(step.does, seconds[index] - seconds[index + 1], waits[index] - waits[index + 1])
        for index, step in enumerate(steps[1:])
    ]
    return [whole, *left_out, rest]
