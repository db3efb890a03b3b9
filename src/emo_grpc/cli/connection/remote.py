"""An open connection to a server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.connection.connection_options import DEFAULT_SERVER, ConnectionOptions
from emo_grpc.cli.connection.given_credentials import GivenCredentials
from emo_grpc.cli.failures import Refusal

if TYPE_CHECKING:
    from emo_grpc.client import EmoClient, FileCredentialsStore, Tls

GRPC_SCHEMES: Final = ("dns", "ipv4", "ipv6", "unix")
"""Those of gRPC's own names: https://github.com/grpc/grpc/blob/master/doc/naming.md."""
CONNECTIONS: Final = 4
"""For several files at once: the workers of a server share out connections. One is made by what does one thing."""


@dataclass(frozen=True, slots=True)
class Remote:
    """An open connection."""

    client: "EmoClient"
    store: "FileCredentialsStore"
    connection: ConnectionOptions

    @classmethod
    def open(cls, connection: ConnectionOptions) -> Self:
        """Prepare it; raises Refusal when what was said makes no sense."""
        from emo_grpc.cli.terminal.wait_notice import WaitNotice  # noqa: PLC0415 - see app
        from emo_grpc.client import EmoClient, FileCredentialsStore, RetryPolicy  # noqa: PLC0415 - see app

        scheme, is_url, _ = connection.target.partition("://")
        if is_url and scheme not in GRPC_SCHEMES:
            raise Refusal(f"the server's address is HOST:PORT, such as {DEFAULT_SERVER}, without {scheme}://")
        store = FileCredentialsStore(config_folder() / "credentials.json", connection.target)
        tls, given = tls_of(connection), GivenCredentials.of_environment(connection.for_user)
        try:
            client = EmoClient.connect(
                connection.target,
                store,
                tls=tls,
                insecure=bool(connection.insecure),
                retries=RetryPolicy(on_wait=WaitNotice(connection.target)),
                service_key=given.service_key,
                for_user=connection.for_user or "",
                access_token=given.access_token,
                connections=CONNECTIONS,
            )
        except UnicodeEncodeError:  # whose sentence is none; see `run_to_exit_code`
            raise
        except ValueError as error:
            raise Refusal(f"{error}") from None
        return cls(client, store, connection)


def tls_of(connection: ConnectionOptions) -> "Tls | None":
    """How TLS is spoken; None = as by default. Raises Refusal when what was said makes no sense."""
    from emo_grpc.client import Tls  # noqa: PLC0415 - see app

    if connection.insecure and (connection.ca_file or connection.cert or connection.server_name):
        raise Refusal("--insecure and certificates exclude each other")
    if not connection.has_tls:
        return None
    try:
        return Tls(connection.ca_file, connection.cert, connection.key, connection.server_name)
    except ValueError as error:
        raise Refusal(f"{error}: give both --cert and --key") from None
