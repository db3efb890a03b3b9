"""Asks a server for the names that a shell completes."""

import asyncio
import os
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from emo_grpc.cli.completion.known_names import KnownNames
from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.connection.connection_options import ConnectionOptions
from emo_grpc.cli.connection.remote import tls_of

if TYPE_CHECKING:
    from emo_grpc.client import EmoClient

T = TypeVar("T")

PATIENCE_SECONDS: Final = 0.3
"""For how long whoever has pressed the tab key waits for a server that is away."""
MOST_ASSETS: Final = 200
MOST_TAGS: Final = 500
MOST_PEOPLE: Final = 500
MOST_PLACES: Final = 500
MOST_FOLDERS: Final = 500


def ask(connection: ConnectionOptions, access_token: str) -> KnownNames | None:
    """Its latest assets, and the tags, people and folders of most; None without a login whose access token is good.

    It refreshes no token: a refresh that is given up on ends the session. Raises EmoClientError, TimeoutError, Refusal.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # read when gRPC is imported, which begins here
    return asyncio.run(_ask(connection, access_token))


async def _ask(connection: ConnectionOptions, access_token: str) -> KnownNames | None:
    from emo_grpc.client import EmoClient  # noqa: PLC0415 - see app

    token = access_token or await _kept_token(connection.target, config_folder())
    if not token:
        return None
    insecure = bool(connection.insecure)
    client = EmoClient.connect(connection.target, tls=tls_of(connection), insecure=insecure, access_token=token)
    async with asyncio.timeout(PATIENCE_SECONDS), client:
        return await _names(client)


async def _kept_token(target: str, folder: Path) -> str:
    """That of the login at this server, while it is good."""
    from emo_grpc.client import FileCredentialsStore  # noqa: PLC0415 - see app
    from emo_grpc.client.session import utc_now  # noqa: PLC0415 - see app

    kept = await FileCredentialsStore(folder / "credentials.json", target).load()
    return "" if kept is None or kept.is_expiring(utc_now()) else kept.access_token


async def _names(client: "EmoClient") -> KnownNames:
    from emo.assets.v1.assets_pb2 import ListFoldersResponse, ListTrashResponse  # noqa: PLC0415 - see app

    calls = client.assets
    page, cloud, people, places, top, trash = await asyncio.gather(
        calls.list_page(page_size=MOST_ASSETS),
        calls.tag_cloud(MOST_TAGS),
        _or_nothing(calls.most_seen(MOST_PEOPLE), ()),
        _or_nothing(calls.most_visited(MOST_PLACES), ()),
        _or_nothing(calls.folder_page(page_size=MOST_FOLDERS), ListFoldersResponse()),
        _or_nothing(calls.list_trash(page_size=MOST_ASSETS), ListTrashResponse()),
    )
    counts = dict.fromkeys(sorted({path for asset in page.assets for path in _paths(asset.folder)}), "")
    counts |= {folder.folder: str(folder.count) for folder in top.folders}
    return KnownNames(
        assets=tuple((asset.asset_id, asset.title) for asset in page.assets),
        tags=tuple((each.tag, str(each.count)) for each in cloud),
        people=tuple(each.person for each in people),
        folders=tuple(sorted(counts.items())),
        places=tuple(each.location for each in places),
        trash=tuple((asset.asset_id, asset.title) for asset in trash.assets),
    )


async def _or_nothing(call: Awaitable[T], nothing: T) -> T:
    """What is answered; of an older server, which does not know the call, nothing."""
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    try:
        return await call
    except EmoClientError as error:
        if error.code.name != "UNIMPLEMENTED":
            raise
        return nothing


def _paths(folder: str) -> Iterator[str]:
    """It and all above it but the top."""
    names = folder.split("/") if folder else []
    return ("/".join(names[:depth]) for depth in range(1, len(names) + 1))
