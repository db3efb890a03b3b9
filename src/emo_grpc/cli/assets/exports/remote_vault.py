"""What a server has of the caller's."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from emo.assets.v1.assets_pb2 import Asset, AssetFilter
from emo_grpc.cli.assets.exports.vault import FileMissing
from emo_grpc.cli.assets.file_batch import STOPS_ALL
from emo_grpc.cli.connection.client_errors import exit_code_of, sentence_of
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES
from emo_grpc.cli.page_sizes import MAX_PAGE
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.client import ByteRange, EmoClientError


class RemoteVault:
    """See Vault. `exit_code` tells whether there are assets that the server can't show, which are printed."""

    def __init__(self, remote: Remote, narrow: AssetFilter | None = None, *, with_trash: bool = False) -> None:
        self._remote = remote
        self._narrow = narrow
        self._with_trash = with_trash
        self.exit_code = 0

    async def assets(self) -> AsyncGenerator[Asset, None]:
        """See Vault. Raises EmoClientError."""
        calls = self._remote.client.assets
        async with aclosing(calls.list_pages(narrow=self._narrow, page_size=MAX_PAGE)) as pages:
            async for page in pages:
                self._tell(page.unreadable_asset_ids)
                for asset in page.assets:
                    yield asset
        if not self._with_trash:
            return
        async with aclosing(calls.list_trash_pages(page_size=MAX_PAGE)) as trash:
            async for trashed in trash:
                self._tell(trashed.unreadable_asset_ids)
                for asset in trashed.assets:
                    yield asset

    async def chunks(self, asset: Asset, offset: int) -> AsyncGenerator[bytes, None]:
        """See Vault. Raises EmoClientError for what stops all."""
        try:
            async with aclosing(self._remote.client.download_chunks(asset.asset_id, ByteRange(offset))) as chunks:
                async for data in chunks:
                    yield data
        except EmoClientError as error:
            if error.code in STOPS_ALL:
                raise
            raise FileMissing(sentence_of(error, self._remote.connection.target), exit_code_of(error)) from error

    def _tell(self, unreadable: Sequence[str]) -> None:
        for asset_id in unreadable:
            print_error(f"{asset_id}: what the server knows of it is damaged; tell its operator")
            self.exit_code = EXIT_CODES["DATA_LOSS"]
