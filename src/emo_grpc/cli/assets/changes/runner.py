"""Carries out the same change for many assets, and tells what became of them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from rich.progress import MofNCompleteColumn, TimeRemainingColumn

from emo.assets.v1.assets_pb2 import Asset, AssetResult
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.texts import print_assets
from emo_grpc.cli.terminal.message_texts import as_dict
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import counted, print_json, print_line, print_tabbed
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client.rpc_errors import from_failure

AT_ONCE: Final = 200
"""Assets in one call: it is over in a second or two, so that the bar moves, and little is left open by Ctrl-C."""

Call = Callable[[Sequence[str]], Awaitable[Sequence[AssetResult]]]


@dataclass(frozen=True, slots=True)
class Work:
    """What is done, as people and programs are told.

    `doing` is a word such as Changing, `done` makes a sentence such as "Changed 2 assets." of what it was done with,
    `outcome` is a word such as changed for what became of each.
    """

    doing: str
    done: Callable[[str], str]
    outcome: str


class Runner:
    """Prints what fails and, when it is left, what was done.

    With `as_json` that is one list, which has an entry for each asset that was found, changed or failed, and of those
    that a failure of all left over: what they are is unknown if they were sent, else untouched.
    """

    def __init__(self, batch: FileBatch, *, as_json: bool) -> None:
        self._batch = batch
        self._as_json = as_json
        self._work: Work | None = None
        self._asked: Sequence[str] = ()
        self._sent = 0
        self._ids: list[str] = []
        self._shown: list[dict[str, object]] = []

    @property
    def has_done_some(self) -> bool:
        """Whether it was done with one at least."""
        return bool(self._ids)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._as_json and (kind is None or self._work is not None or self._batch.reasons):
            print_json([*self._shown, *self._entries()])
        elif self._work is not None:
            self._print(self._work)

    def show(self, assets: Sequence[Asset]) -> None:
        """Print those that would be changed."""
        if self._as_json:
            self._shown = [as_dict(asset) for asset in assets]
        else:
            print_assets(assets, as_json=False)

    async def run(self, work: Work, asset_ids: Sequence[str], call: Call) -> None:
        """Do it. Raises EmoClientError for what stops all, and of a single asset."""
        self._work, self._asked = work, asset_ids
        count = len(asset_ids)
        with (
            ProgressBars((MofNCompleteColumn(), TimeRemainingColumn())) as bars,
            bars.bar(work.doing, count) as bar,
        ):
            bar.begin(count)
            for at in range(0, count, AT_ONCE):
                some = asset_ids[at : at + AT_ONCE]
                self._sent += len(some)
                results = await call(some)
                for result in results:
                    self._note(result)
                bar.advance(len(results))

    def _note(self, result: AssetResult) -> None:
        with self._batch.attempt(result.asset_id, stops_all=False):
            if result.HasField("failure"):
                raise from_failure(result.failure)
            self._ids.append(result.asset_id)

    def _entries(self) -> Iterator[dict[str, str]]:
        outcome = self._work.outcome if self._work is not None else ""
        yield from ({"asset_id": asset_id, "outcome": outcome} for asset_id in self._ids)
        for asset_id, reason in self._batch.reasons.items():
            yield {"asset_id": asset_id, "outcome": "failed", "reason": reason}
        told = {*self._ids, *self._batch.reasons}
        for place, asset_id in enumerate(self._asked):
            if asset_id not in told:
                yield {"asset_id": asset_id, "outcome": "unknown" if place < self._sent else "untouched"}

    def _print(self, work: Work) -> None:
        asked = len(self._asked)
        if asked == 1:
            for asset_id in self._ids:
                print_line(work.done(asset_id))
        elif not is_terminal():
            for asset_id in self._ids:
                print_tabbed((asset_id,))
        else:
            of_all = "" if len(self._ids) == asked else f" of {asked:,}"
            print_line(work.done(f"{counted(len(self._ids), 'asset', 'assets')}{of_all}"))
