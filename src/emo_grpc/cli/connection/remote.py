"""Which server to talk to, and how."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.failures import Refusal

if TYPE_CHECKING:
    from emo_grpc.client import EmoClient, FileCredentialsStore, Tls

DEFAULT_SERVER: Final = "localhost:50051"
GRPC_SCHEMES: Final = ("dns", "ipv4", "ipv6", "unix")
"""Those of gRPC's own names: https://github.com/grpc/grpc/blob/master/doc/naming.md."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a person said about the connection; None = nothing."""

    server: str | None = None
    ca_file: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    server_name: str | None = None
    insecure: bool | None = None
    debug: bool | None = None

    def over(self, other: "Connection") -> "Connection":
        """This one, and where it says nothing, the other one."""
        chosen = {}
        for each in fields(self):
            mine = getattr(self, each.name)
            chosen[each.name] = getattr(other, each.name) if mine is None else mine
        return Connection(**chosen)

    def resolved(self) -> "Connection":
        """Filled in with what was remembered at the last login, if that was at the same server."""
        last = remembered()
        if self.server in (None, last.server):
            return self.over(last).over(Connection(server=DEFAULT_SERVER))
        return self

    @property
    def target(self) -> str:
        """The server's address."""
        return self.server or DEFAULT_SERVER

    @property
    def has_tls(self) -> bool:
        """Whether anything was said that only TLS has."""
        return bool(self.ca_file or self.cert or self.key or self.server_name)

    def remember(self) -> None:
        """Make it the default of later commands."""
        from emo_grpc.client.private_file import PrivateFile  # noqa: PLC0415 - see app

        kept = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()}
        del kept["debug"]
        PrivateFile(_file()).write(kept)


@dataclass(frozen=True, slots=True)
class Remote:
    """An open connection."""

    client: "EmoClient"
    store: "FileCredentialsStore"
    connection: Connection

    @classmethod
    def open(cls, connection: Connection) -> Self:
        """Prepare it; raises Refusal when what was said makes no sense."""
        from emo_grpc.cli.terminal.wait_notice import WaitNotice  # noqa: PLC0415 - see app
        from emo_grpc.client import EmoClient, FileCredentialsStore, RetryPolicy  # noqa: PLC0415 - see app

        scheme, is_url, _ = connection.target.partition("://")
        if is_url and scheme not in GRPC_SCHEMES:
            raise Refusal(f"the server's address is HOST:PORT, such as {DEFAULT_SERVER}, without {scheme}://")
        store = FileCredentialsStore(config_folder() / "credentials.json", connection.target)
        tls = _tls(connection)
        try:
            client = EmoClient.connect(
                connection.target,
                store,
                tls=tls,
                insecure=bool(connection.insecure),
                retries=RetryPolicy(on_wait=WaitNotice(connection.target)),
            )
        except UnicodeEncodeError:  # whose sentence is none; see `ending`
            raise
        except ValueError as error:
            raise Refusal(f"{error}") from None
        return cls(client, store, connection)


def remembered() -> Connection:
    """The connection of the last login."""
    from emo_grpc.client.private_file import PrivateFile  # noqa: PLC0415 - see app

    kept = PrivateFile(_file()).read()
    paths = {name: Path(str(kept[name])) for name in ("ca_file", "cert", "key") if kept.get(name)}
    server, server_name = kept.get("server"), kept.get("server_name")
    return Connection(
        server=str(server) if server else None,
        ca_file=paths.get("ca_file"),
        cert=paths.get("cert"),
        key=paths.get("key"),
        server_name=str(server_name) if server_name else None,
        insecure=True if kept.get("insecure") is True else None,
    )


def _tls(connection: Connection) -> "Tls | None":
    from emo_grpc.client import Tls  # noqa: PLC0415 - see app

    if connection.insecure and (connection.ca_file or connection.cert or connection.server_name):
        raise Refusal("--insecure and certificates exclude each other")
    if not connection.has_tls:
        return None
    try:
        return Tls(connection.ca_file, connection.cert, connection.key, connection.server_name)
    except ValueError as error:
        raise Refusal(f"{error}: give both --cert and --key") from None


def _file() -> Path:
    return config_folder() / "server.json"
