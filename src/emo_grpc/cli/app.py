"""The `emo` command: each subcommand lives in its own module and is registered here.

Modules of this package import what they need of the server or the client inside the command, so that `emo --help`
and small client commands start at once.
"""

from collections.abc import Callable

import typer

from emo_grpc.cli import options
from emo_grpc.cli.account.account_group import account, show_or_change
from emo_grpc.cli.account.activity_command import activity
from emo_grpc.cli.account.commands import activate, login, logout, me, passwd, register, sessions
from emo_grpc.cli.account.recovery_commands import reset_password
from emo_grpc.cli.admin.accounts import commands as account_commands
from emo_grpc.cli.admin.audit.command import audit
from emo_grpc.cli.admin.backups.commands import backup, backups, restore
from emo_grpc.cli.admin.checks.command import check
from emo_grpc.cli.admin.commands import admin
from emo_grpc.cli.admin.exports.command import export_user
from emo_grpc.cli.admin.outgoing.mail_commands import mail
from emo_grpc.cli.admin.outgoing.outbox_commands import outbox
from emo_grpc.cli.admin.services.commands import service, service_key
from emo_grpc.cli.admin.storage.move_command import move
from emo_grpc.cli.assets.downloads.download_command import download
from emo_grpc.cli.assets.edit_commands import cancel, edit, rm
from emo_grpc.cli.assets.exports.export_command import export
from emo_grpc.cli.assets.folders.folder_group import folder
from emo_grpc.cli.assets.imports.import_command import import_files
from emo_grpc.cli.assets.labels.commands import people, places, tags, timeline
from emo_grpc.cli.assets.labels.rename_commands import person, place, tag
from emo_grpc.cli.assets.list_commands import ls, show, stats
from emo_grpc.cli.assets.search_command import search
from emo_grpc.cli.assets.sync.sync_command import sync
from emo_grpc.cli.assets.trash_commands import trash
from emo_grpc.cli.assets.uploads.upload_command import upload
from emo_grpc.cli.command_line import EmoCommand, EmoGroup
from emo_grpc.cli.completion.command import completion
from emo_grpc.cli.completion.lines import answer_shells
from emo_grpc.cli.connection import connection_options as connection
from emo_grpc.cli.failures import EXIT_CODES_HELP
from emo_grpc.cli.help_text import help_of
from emo_grpc.cli.server.serve import serve
from emo_grpc.cli.server.server_command import ServerCommand, ServingCommand
from emo_grpc.cli.server.worker import worker
from emo_grpc.cli.version import version

answer_shells()
app = typer.Typer(
    name="emo",
    cls=EmoGroup,
    no_args_is_help=True,
    add_completion=False,  # typer's own scripts let the shell evaluate what completes a word
    pretty_exceptions_enable=False,  # a pretty traceback shows local variables, and those may be secrets
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES_HELP,
)


@app.callback()
def emo(
    context: typer.Context,
    *,
    server: connection.GlobalServer = None,
    ca_file: connection.CaFile = None,
    cert: connection.Cert = None,
    key: connection.Key = None,
    server_name: connection.ServerName = None,
    insecure: connection.Insecure = None,
    debug: connection.Debug = None,
    for_user: connection.ForUser = None,
    version: options.Version = None,  # noqa: ARG001 - its callback does it
) -> None:
    """Keeps photos, videos, voice notes and letters: encrypted, resumable, over gRPC.

    The options of the connection may also follow the command. This machine is spoken to in plaintext, any other by TLS.
    """
    context.obj = connection.ConnectionOptions(server, ca_file, cert, key, server_name, insecure, debug, for_user)


panels: dict[str, tuple[Callable[..., None], ...]] = {
    "Assets": (upload, download, sync, ls, search, show, edit, rm, cancel, stats, tags, people, places, timeline),
    "Account": (register, activate, login, logout, passwd, reset_password, sessions, activity),
    "Server": (serve, worker),
    "About": (version, completion),
}
for panel, commands in panels.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command(rich_help_panel="Assets")(export)
app.command("import", rich_help_panel="Assets")(import_files)
app.command(hidden=True)(me)
admin.command()(account_commands.users)
admin.command()(account_commands.activate)
admin.command()(account_commands.disable)
admin.command()(account_commands.enable)
admin.command()(account_commands.reset_password)
admin.command()(account_commands.set_address)
admin.command()(check)
admin.command()(move)
admin.command()(audit)
admin.command()(backup)
admin.command()(backups)
admin.command()(restore)
admin.command()(export_user)
for group in (outbox, mail, service):
    admin.add_typer(group)
of_server = (admin, outbox, mail, service, service_key)


def _class_of(callback: Callable[..., object] | None, *, needs_server: bool) -> type[EmoCommand]:
    if callback in {serve, worker}:
        return ServingCommand
    return ServerCommand if needs_server else EmoCommand


for group in (app, account, folder, trash, tag, person, place, *of_server):
    for registered in group.registered_commands:
        registered.help = help_of(registered.callback)
        registered.cls = _class_of(registered.callback, needs_server=group in of_server)
for group in (folder, tag, person, place):
    app.add_typer(group, rich_help_panel="Assets")
app.add_typer(account, rich_help_panel="Account", help=help_of(show_or_change))
app.add_typer(trash, rich_help_panel="Assets", help="List, restore and destroy what is in the trash.")
app.add_typer(admin, rich_help_panel="Server")
