"""Carries out `emo rm`."""

from collections.abc import Sequence

import typer

from emo_grpc.cli.assets.changes.chosen_assets import ChosenAssets, choose
from emo_grpc.cli.assets.changes.runner import Runner, Work
from emo_grpc.cli.assets.deletion import deletion
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.filter_options import FilterOptions
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.printing import print_error, size_text
from emo_grpc.cli.terminal.questions import can_ask, confirm


async def remove_assets(
    remote: Remote,
    given: Sequence[str],
    narrow: FilterOptions,
    *,
    purges: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete them as the server does, or destroy them, after a question.

    Raises EmoClientError, Refusal; typer.Exit if some failed.
    """
    if not (yes or dry_run or can_ask()):
        raise Refusal("there is no terminal to ask: use --yes")
    batch = FileBatch(remote.connection.target, are_several=len(given) != 1)
    with Runner(batch, as_json=as_json) as runner:
        chosen = await choose(remote.client, given, narrow, batch, are_shown=dry_run or not yes)
        how = await deletion(remote.client, purges=purges)
        if not chosen.asset_ids:
            print_error("there is nothing to remove")
        elif dry_run:
            runner.show(chosen.read)
            print_error(f"would {how.intent(_what(chosen))}; nothing was done")
        elif yes or confirm(how.question(_what(chosen)), otherwise="nothing was removed"):
            await runner.run(Work(how.doing, how.done, how.outcome), chosen.asset_ids, how.delete)
    if runner.has_done_some:
        how.print_way_back()
    if batch.exit_code:
        raise typer.Exit(batch.exit_code)


def _what(chosen: ChosenAssets) -> str:
    what = repr(chosen.read[0].title) if len(chosen.read) == 1 else chosen.text
    return f"{what} ({size_text(chosen.size_bytes)})"
