"""`emo export`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from emo_grpc.cli import options
from emo_grpc.cli.arguments import refuse_stream
from emo_grpc.cli.assets import narrowing
from emo_grpc.cli.assets.filter_options import FilterOptions, narrowed
from emo_grpc.cli.connection.client_command import transfer_command
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import Refusal

To = Annotated[
    str,
    typer.Option("--to", metavar="PATH", help="A new folder, one of an earlier export, or a file that ends in .zip."),
]
Force = Annotated[bool, typer.Option("-f", "--force", help="Overwrite an existing ZIP file.")]

NO_STREAM: Final = "an export needs a folder or a file that ends in .zip, not standard output"
WithTrash = Annotated[bool, typer.Option("--with-trash", help="Also what is in the trash, in a folder of its own.")]


@transfer_command
@narrowed("pending", to_date=narrowing.Through)  # --to is where it goes
async def export(
    remote: Remote,
    *,
    narrow: FilterOptions,
    to: To,
    force: Force = False,
    with_trash: WithTrash = False,
    as_json: options.AsJson = False,
) -> None:
    """Write your files, in their folders, and all that you have said of them, so that it can be read without emo.

    All of them, unless words or options say which.

    What is said is a line of JSON for each file, in assets.jsonl; docs/export-format.md explains it. An export that was
    interrupted goes on when the same command is run again, and a later one to a folder adds what is new. A ZIP file
    appears when all is in it, and is called PATH.part until then. `emo import` brings both back.
    """
    from emo_grpc.cli.assets.exports.exporter import Exporter  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.exports.opening import opened_target  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.exports.remote_vault import RemoteVault  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.exports.summary import print_summary  # noqa: PLC0415 - see app
    from emo_grpc.cli.assets.missing_folders import require_folder  # noqa: PLC0415 - see app

    refuse_stream(to, NO_STREAM)
    if with_trash and narrow.is_given:
        raise Refusal("--with-trash exports all there is: leave out what says which")
    meant = narrow.message()
    if meant.folder:  # the top is always there
        await require_folder(remote.client, meant.folder)
    vault = RemoteVault(remote, meant, with_trash=with_trash)
    with opened_target(Path(to), overwrite=force) as target:
        summary = await Exporter(vault, target).run()
    print_summary(Path(to), summary, as_json=as_json)
    if summary.exit_code or vault.exit_code:
        raise typer.Exit(summary.exit_code or vault.exit_code)
