"""What an operator is told when MongoDB can't be used as it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from pymongo import AsyncMongoClient
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, ServerSelectionTimeoutError

from emo_grpc.settings import InvalidSettings
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import AUTHENTICATION_FAILED, UNAUTHORIZED
from emo_grpc.shared.domain.errors import Unavailable

NO_URL: Final = (
    "MONGODB_URL is not like mongodb://user:password@host:27017/?replicaSet=rs0"
    " (special characters in user and password are percent-encoded)"
)
NO_MEMBER: Final = "the hosts in MONGODB_URL; are they members of a replica set with the name that it says?"
STANDALONE: Final = (
    "MONGODB_URL names a MongoDB without a replica set, which has no transactions:"
    " start mongod with --replSet rs0 and run rs.initiate() in mongosh once, one member is enough"
)
NOT_INITIATED: Final = "MONGODB_URL names a MongoDB whose replica set is not set up: run rs.initiate() in mongosh once"
BAD_OPTIONS: Final = (
    "MONGODB_URL has an option that pymongo does not know, or that does not go with the others, or a name that nobody"
    " resolves; is a ? or @ of the password percent-encoded?"
)
BAD_CREDENTIALS: Final = "MongoDB does not accept the user and password in MONGODB_URL"


@contextmanager
def explained(database: str) -> Iterator[None]:
    """Turn what is wrong with the settings into CannotStart."""
    try:
        yield
    except (InvalidURI, ValueError):
        raise InvalidSettings(NO_URL) from None  # its text may hold a piece of the password
    except (ConfigurationError, UserWarning):
        raise InvalidSettings(BAD_OPTIONS) from None  # as above
    except OperationFailure as error:
        if error.code == AUTHENTICATION_FAILED:
            raise InvalidSettings(BAD_CREDENTIALS) from error
        if error.code == UNAUTHORIZED:
            raise InvalidSettings(
                f"the user in MONGODB_URL may not use the database {database}: give it the role readWrite on it"
            ) from error
        raise


async def require_transactions(client: AsyncMongoClient[Document]) -> None:
    """Raise CannotStart when this MongoDB has no transactions, Unavailable when no server answers."""
    try:
        hello = await client.admin.command("hello")
    except ServerSelectionTimeoutError as error:
        servers = client.topology_description.server_descriptions()
        if any(server.server_type_name == "RSGhost" for server in servers.values()):
            raise InvalidSettings(NOT_INITIATED) from error
        hosts = ", ".join(f"{host}:{port}" for host, port in servers)
        raise Unavailable(f"no primary of a MongoDB answers at {hosts or NO_MEMBER}") from error
    _check(hello)


def _check(hello: Mapping[str, object]) -> None:
    is_router = hello.get("msg") == "isdbgrid"
    if is_router or "setName" in hello:
        return
    raise InvalidSettings(NOT_INITIATED if hello.get("isreplicaset") else STANDALONE)
