"""Tells a folder that is not there from one in which nothing is meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from emo.assets.v1.assets_pb2 import AssetFilter, Folder
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.client import EmoClient, EmoClientError

UNKNOWN: Final = frozenset({"NOT_FOUND", "UNIMPLEMENTED", "INVALID_ARGUMENT"})


@contextmanager
def naming(folder: str) -> Iterator[None]:
    """Name it where a server has no such folder: Refusal takes the place of the server's error."""
    try:
        yield
    except EmoClientError as error:
        if error.reason != "FOLDER_NOT_FOUND":
            raise
        raise Refusal(f"there is no folder {folder} in the vault", EXIT_CODES["NOT_FOUND"]) from error


async def find_folder(client: EmoClient, folder: str) -> Folder | None:
    """What is known of it; None also where a server does not say, or takes it for no folder's name."""
    try:
        return (await client.assets.folder_page(folder, page_size=1)).folder
    except EmoClientError as error:
        if error.code.name not in UNKNOWN:
            raise
        return None


async def require_folder(client: EmoClient, folder: str) -> Folder:
    """What is known of it; nothing where the server is too old to say. Raises Refusal if it is not there."""
    try:
        with naming(folder):
            return (await client.assets.folder_page(folder, page_size=1)).folder
    except EmoClientError as error:
        if error.code.name != "UNIMPLEMENTED":
            raise
        return Folder()


async def explain_nothing(client: EmoClient, narrow: AssetFilter) -> None:
    """After a filter that left nothing: raise Refusal if its folder is not there, and tell what -r would find."""
    if not narrow.folder:  # no folder, or the top, which is always there
        return
    found = await require_folder(client, narrow.folder)
    if found.count > found.direct_count and not narrow.folder_recursive:
        print_error(f"{narrow.folder} has folders: -r takes in what is in them")
