"""Carries out `emo rm`."""

from collections.abc import Sequence

import typer

from emo_grpc.cli.assets.changes.chosen_assets import ChosenAssets, choose
from emo_grpc.cli.assets.changes.runner import Runner
from emo_grpc.cli.assets.deletion import deletion
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.filter_options import FilterOptions
from emo_grpc.cli.assets.texts import print_assets
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.printing import print_error, print_json, size_text
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
    chosen = await choose(remote.client, given, narrow, batch, are_shown=dry_run or not yes)
    how = await deletion(remote.client, purges=purges)
    if not chosen.asset_ids:
        print_error("there is nothing to remove")
        if as_json:
            print_json([])
    elif dry_run:
        print_assets(chosen.read, as_json=as_json)
        print_error(f"would {how.intent(_what(chosen))}; nothing was done")
    elif yes or confirm(how.question(_what(chosen)), otherwise="nothing was removed"):
        runner = Runner(batch, how.doing, how.done, how.outcome, as_json=as_json)
        await runner.run(chosen.asset_ids, how.delete)
        if runner.has_done_some:
            how.print_way_back()
    elif as_json:
        print_json([])
    if batch.exit_code:
        raise typer.Exit(batch.exit_code)


def _what(chosen: ChosenAssets) -> str:
    what = repr(chosen.read[0].title) if len(chosen.read) == 1 else chosen.text
    return f"{what} ({size_text(chosen.size_bytes)})"
