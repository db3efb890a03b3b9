"""Carries out the same change for many assets, and tells what became of them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rich.progress import MofNCompleteColumn, TimeRemainingColumn

from emo.assets.v1.assets_pb2 import AssetResult
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import counted, print_json, print_line, print_tabbed
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.client.rpc_errors import from_failure

AT_ONCE: Final = 200
"""Assets in one call: it is over in a second or two, so that the bar moves, and little is left open by Ctrl-C."""

Call = Callable[[Sequence[str]], Awaitable[Sequence[AssetResult]]]


class Runner:
    """Prints what fails and, at the end, what was done.

    `doing` is a word such as Changing, `done` makes a sentence such as "Changed 2 assets." of what it was done with.
    `outcome` is a word such as changed for what became of each, in the one list of all that `as_json` prints.
    """

    def __init__(
        self, batch: FileBatch, doing: str, done: Callable[[str], str], outcome: str, *, as_json: bool
    ) -> None:
        self._batch = batch
        self._doing = doing
        self._done = done
        self._outcome = outcome
        self._as_json = as_json
        self._ids: list[str] = []
        self._failed: list[dict[str, str]] = []

    @property
    def has_done_some(self) -> bool:
        """Whether it was done with one at least."""
        return bool(self._ids)

    async def run(self, asset_ids: Sequence[str], call: Call) -> None:
        """Do it. Raises EmoClientError for what stops all, and of a single asset."""
        count = len(asset_ids)
        try:
            with (
                ProgressBars((MofNCompleteColumn(), TimeRemainingColumn())) as bars,
                bars.bar(self._doing, count) as bar,
            ):
                bar.begin(count)
                for at in range(0, count, AT_ONCE):
                    results = await call(asset_ids[at : at + AT_ONCE])
                    for result in results:
                        self._note(result)
                    bar.advance(len(results))
        finally:
            self._print(count)

    def _note(self, result: AssetResult) -> None:
        with self._batch.attempt(result.asset_id, stops_all=False):
            if result.HasField("failure"):
                failed = {"asset_id": result.asset_id, "outcome": "failed", "reason": result.failure.reason}
                self._failed.append(failed)
                raise from_failure(result.failure)
            self._ids.append(result.asset_id)

    def _print(self, asked: int) -> None:
        if self._as_json:
            done = [{"asset_id": asset_id, "outcome": self._outcome} for asset_id in self._ids]
            print_json([*done, *self._failed])
        elif asked == 1:
            for asset_id in self._ids:
                print_line(self._done(asset_id))
        elif not is_terminal():
            for asset_id in self._ids:
                print_tabbed((asset_id,))
        else:
            of_all = "" if len(self._ids) == asked else f" of {asked}"
            print_line(self._done(f"{counted(len(self._ids), 'asset', 'assets')}{of_all}"))
