"""The options of the connection, and those of the last login."""

import shlex
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from emo_grpc.cli.config_folder import config_folder
from emo_grpc.private_file import PrivateFile

DEFAULT_SERVER: Final = "localhost:50051"
SERVER_HELP: Final = "The server, or its replicas as IP:PORT,IP:PORT; the last login's by default"


# Any: typer does not name the type of what it makes.
def _option(name: str, text: str, metavar: str | None = None, envvar: str | None = None) -> Any:
    return typer.Option(
        name, metavar=metavar, envvar=envvar, help=text, rich_help_panel="Connection", show_default=False
    )


Server = Annotated[str | None, _option("--server", f"{SERVER_HELP}.", "HOST:PORT")]
GlobalServer = Annotated[
    str | None, _option("--server", f"{SERVER_HELP}, else {DEFAULT_SERVER}.", "HOST:PORT", "EMO_SERVER")
]
CaFile = Annotated[Path | None, _option("--ca-file", "Certificates to trust, instead of the system's.", "PEM")]
Cert = Annotated[Path | None, _option("--cert", "Your client certificate.", "PEM")]
Key = Annotated[Path | None, _option("--key", "The key of your certificate.", "PEM")]
ServerName = Annotated[
    str | None,
    _option("--server-name", "What every server's certificate must be for, instead of its own address.", "NAME"),
]
Insecure = Annotated[bool | None, _option("--insecure", "Allow plaintext to another machine.")]
ForUser = Annotated[
    str | None,
    _option("--for", "As a service with EMO_SERVICE_KEY, act for this user: a username, or an id.", "USER"),
]
Debug = Annotated[bool | None, _option("--debug", "Say more when something fails.")]


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """What a person said about the connection; None = nothing."""

    server: Server = None
    ca_file: CaFile = None
    cert: Cert = None
    key: Key = None
    server_name: ServerName = None
    insecure: Insecure = None
    debug: Debug = None
    for_user: ForUser = None

    def with_defaults(self, other: "ConnectionOptions") -> "ConnectionOptions":
        """These, and the other's where they say nothing."""
        chosen = {}
        for each in fields(self):
            mine = getattr(self, each.name)
            chosen[each.name] = getattr(other, each.name) if mine is None else mine
        return ConnectionOptions(**chosen)

    def resolved(self) -> "ConnectionOptions":
        """Filled in with what was remembered at the last login, if that was at the same server."""
        last = remembered()
        if self.server in (None, last.server):
            return self.with_defaults(last).with_defaults(ConnectionOptions(server=DEFAULT_SERVER))
        return self

    @property
    def target(self) -> str:
        """The server's address."""
        return self.server or DEFAULT_SERVER

    @property
    def has_tls(self) -> bool:
        """Whether anything was said that only TLS has."""
        return bool(self.ca_file or self.cert or self.key or self.server_name)

    def arguments(self) -> str:
        """What has to be typed to reach this server: nothing for the one that is remembered."""
        if self.target == (remembered().server or DEFAULT_SERVER):
            return ""
        return f"--server {self.target} " + (f"--ca-file {shlex.quote(str(self.ca_file))} " if self.ca_file else "")

    def remember(self) -> None:
        """Make them the default of later commands."""
        kept = {
            name: str(value.absolute()) if isinstance(value, Path) else value for name, value in asdict(self).items()
        }
        del kept["debug"], kept["for_user"]
        PrivateFile(_file()).write(kept)


CONNECTION_NAMES: Final = tuple(each.name for each in fields(ConnectionOptions))


def remembered() -> ConnectionOptions:
    """Those of the last login."""
    kept = PrivateFile(_file()).read()
    found: dict[str, Any] = {name: str(kept[name]) for name in ("server", "server_name") if kept.get(name)}
    found |= {name: Path(str(kept[name])) for name in ("ca_file", "cert", "key") if kept.get(name)}
    return ConnectionOptions(**found, insecure=True if kept.get("insecure") is True else None)


def _file() -> Path:
    return config_folder() / "server.json"
