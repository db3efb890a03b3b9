"""Carries out `emo admin migrate`."""

from collections.abc import AsyncIterator

from rich.progress import MofNCompleteColumn

from emo_grpc.assets.domain.errors import AssetRecordCorrupt
from emo_grpc.bootstrap.contexts import Contexts, open_contexts
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.failures import FAILED, Refusal
from emo_grpc.cli.terminal.printing import counted, print_line
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import DataLoss


async def upgrade_documents(engines: Engines, *, dry_run: bool) -> None:
    """Rewrite all documents of earlier releases, or count them. Raises Refusal if one can't be read."""
    async with open_contexts(engines) as contexts:
        await upgrade_all(contexts, dry_run=dry_run)


async def upgrade_all(contexts: Contexts, *, dry_run: bool) -> None:
    """See upgrade_documents."""
    total = await contexts.outdated()
    if dry_run:
        print_line(f"{counted(total, 'document is', 'documents are')} to be brought up to date.")
        return
    done = 0
    try:
        with ProgressBars([MofNCompleteColumn()]) as bars, bars.bar("migrating", total) as bar:
            bar.begin(total)
            async for count in _batches(contexts):
                done += count
                bar.advance(count)
    except UnknownSchemaVersion as error:
        raise Refusal(f"{error}; {_upgraded(done)} before", FAILED) from error
    except DataLoss as error:
        damaged = ", ".join(f"{name} {value}" for name, value in error.metadata.items())
        hint = ": `emo admin verify` names all" if isinstance(error, AssetRecordCorrupt) else ""
        raise Refusal(f"records are damaged, one of {damaged}{hint}; {_upgraded(done)} before", FAILED) from error
    print_line(f"{_upgraded(done)}." if done else "Everything is up to date.")


def _upgraded(count: int) -> str:
    return f"{counted(count, 'document was', 'documents were')} brought up to date"


async def _batches(contexts: Contexts) -> AsyncIterator[int]:
    """How many documents were rewritten each time. Raises DataLoss of damaged ones when all others are done."""
    damage: DataLoss | None = None
    for context in contexts:
        try:
            while count := await context.upgrade_documents():
                yield count
        except DataLoss as error:  # the documents of other contexts are rewritten all the same
            damage = damage or error
    if damage is not None:
        raise damage
