"""What the engines have of one user."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.ids import AssetId
from emo_grpc.assets.entrypoints.present import asset_message
from emo_grpc.assets.service_layer.views import AssetQuery, SortField
from emo_grpc.bootstrap.assets import AssetsContext
from emo_grpc.cli.admin.engine_access import exit_code_of
from emo_grpc.cli.assets.exports.vault import FileMissing
from emo_grpc.cli.failures import EXIT_CODES
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.shared.domain.errors import DataLoss, FailedPrecondition, NotFound
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.pages import pages_of

PAGE: Final = 1000


class EngineVault:
    """See Vault. `exit_code` tells whether there are assets whose records are damaged, which are printed."""

    def __init__(self, assets: AssetsContext, user_id: UserId) -> None:
        self._assets = assets
        self._user_id = user_id
        self.exit_code = 0

    async def assets(self) -> AsyncGenerator[pb.Asset, None]:
        """See Vault; the trash is kept of a user, too. Raises EmoError."""
        for in_trash in (False, True):
            async with aclosing(self._listed(in_trash=in_trash)) as assets:
                async for asset in assets:
                    yield asset

    async def _listed(self, *, in_trash: bool) -> AsyncGenerator[pb.Asset, None]:
        order = SortField.UPDATE_TIME if in_trash else SortField.CREATE_TIME
        query = AssetQuery(owner_id=self._user_id, limit=PAGE, sort_field=order, in_trash=in_trash)
        async with aclosing(pages_of(lambda after: self._assets.views.page(replace(query, after=after)))) as pages:
            async for page in pages:
                for asset_id in page.unreadable:
                    print_error(f"{asset_id}: its record is damaged")
                    self.exit_code = EXIT_CODES["DATA_LOSS"]
                for view in page.items:
                    yield asset_message(view)

    async def chunks(self, asset: pb.Asset, offset: int) -> AsyncGenerator[bytes, None]:
        """See Vault. Raises Unavailable."""
        try:
            asset_id = AssetId.parse(asset.asset_id, "asset_id")
            download = await self._assets.downloads.open(self._user_id, asset_id, offset, 0)
            async with aclosing(download.chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk.data
        except (DataLoss, FailedPrecondition, NotFound) as error:
            raise FileMissing(error.message, exit_code_of(error)) from error
