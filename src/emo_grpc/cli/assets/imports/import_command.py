"""`emo import`."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emo_grpc.cli import options
from emo_grpc.cli.arguments import refuse_stream
from emo_grpc.cli.completion import completers
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import LOCAL, Refusal

if TYPE_CHECKING:
    from emo_grpc.cli.assets.imports.plan import ImportPlan
    from emo_grpc.cli.assets.imports.trees import Tree


@transfer_command
async def import_files(
    remote: Remote,
    *,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="A folder or a ZIP file: an export of emo, any files, a Google Takeout with all its parts.",
        ),
    ],
    into: Annotated[
        str,
        typer.Option(
            "--into",
            metavar="FOLDER",
            help="The vault's folder to put all into, instead of its top.",
            autocompletion=completers.folders,
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would come in.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Bring in an export of emo with all that was said of its files, a Google Takeout, or files with XMP sidecars.

    Title, description, date, place, people, tags and favourites come from the sidecars of Google Photos (.json) and of
    photo programs (.xmp); folders and albums become folders. What is in the vault already, in the same folder with the
    same name and content, stays out: run it again after an interruption.
    """
    import asyncio  # noqa: PLC0415 - see app

    from emo_grpc.cli.assets.folder_names import given_folder  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.imports.importer import Importer, ImportOptions  # noqa: PLC0415 - see app

    for source in sources:
        refuse_stream(source, "an import needs a folder or a ZIP file, not standard input")
    chosen = ImportOptions(given_folder(into), dry_run, as_json)
    with ExitStack() as stack:
        tree = await asyncio.to_thread(_opened, [Path(each) for each in sources], stack)
        plan = await asyncio.to_thread(_planned, tree)
        exit_code = await Importer(remote, tree, chosen).bring_in(plan)
    if exit_code:
        raise typer.Exit(exit_code)


def _opened(paths: Sequence[Path], stack: ExitStack) -> "Tree":
    """Blocking. Raises Refusal, OSError."""
    from emo_grpc.cli.assets.imports.export_plan import is_export  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.imports.joined_trees import JoinedTrees  # noqa: PLC0415 - see app

    trees = [_tree_of(path, stack) for path in paths]
    if len(trees) == 1:
        return trees[0]
    if any(is_export(tree) for tree in trees):
        raise Refusal("exports of emo are imported one by one")
    return JoinedTrees(trees)


def _tree_of(path: Path, stack: ExitStack) -> "Tree":
    from emo_grpc.cli.assets.imports.folder_tree import FolderTree  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.imports.zip_tree import ZipTree  # noqa: PLC0415 - see app

    if path.is_dir():
        return FolderTree(path)
    if not path.is_file():
        raise Refusal(f"{path}: {'neither a folder nor a ZIP file' if path.exists() else 'no such file'}", LOCAL)
    return stack.enter_context(ZipTree.opened(path))


def _planned(tree: "Tree") -> "ImportPlan":
    """Blocking. Raises Refusal, OSError."""
    from emo_grpc.cli.assets.imports.export_plan import is_export, plan_export  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.imports.sidecar_plan import plan_sidecars  # noqa: PLC0415 - see app

    return plan_export(tree) if is_export(tree) else plan_sidecars(tree)
