"""The RPCs of folders."""

import unicodedata
from typing import Any, Final

import grpc

from emo.assets.v1 import assets_pb2 as pb
from emo_grpc.assets.domain.folder import check_folder
from emo_grpc.assets.domain.folder_commands import MoveFolder
from emo_grpc.assets.domain.folder_move import FolderRename
from emo_grpc.assets.entrypoints.moves import wait_for
from emo_grpc.assets.entrypoints.translate import request_id_of
from emo_grpc.assets.service_layer.folder_views import FolderQuery, FolderView
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.text import Violations
from emo_grpc.shared.entrypoints.call import current_caller, current_principal
from emo_grpc.shared.entrypoints.paging import binding_of
from emo_grpc.shared.service_layer.drain import Drain
from emo_grpc.shared.service_layer.message_bus import MessageBus
from emo_grpc.shared.service_layer.page_tokens import PageSize, PageTokens, cursor_before, next_page_token

# Any: gRPC's context is typed by messages that no method here asks it for.
Context = grpc.aio.ServicerContext[Any, Any]

PAGE_SIZE: Final = PageSize(default=50, maximum=1000)


class FolderRpcs:
    """Those of AssetsService, which sets what they need."""

    _bus: MessageBus
    _views: AssetViews
    _page_tokens: PageTokens
    _drain: Drain

    async def ListFolders(self, request: pb.ListFoldersRequest, context: Context) -> pb.ListFoldersResponse:
        """Show a page of the folders below one."""
        binding = binding_of(request, current_caller())
        page = await self._views.folders(
            FolderQuery(
                owner_id=current_principal().user_id,
                folder=_folder(request.folder, "folder"),
                limit=PAGE_SIZE.of(request.page_size),
                after=cursor_before(self._page_tokens, request.page_token, binding),
            )
        )
        return pb.ListFoldersResponse(
            folders=[_message(view) for view in page.subfolders],
            next_page_token=next_page_token(self._page_tokens, page.cursor, binding),
            folder=_message(page.folder),
        )

    async def MoveFolder(self, request: pb.MoveFolderRequest, context: Context) -> pb.MoveFolderResponse:
        """Move a folder, and wait for it, not for long."""
        owner_id = current_principal().user_id
        move = await self._bus.handle(move_folder(request, owner_id))
        move = await wait_for(move, owner_id, self._views, self._drain)
        return pb.MoveFolderResponse(remaining_count=move.left)


def move_folder(request: pb.MoveFolderRequest, owner_id: UserId) -> MoveFolder:
    """Read the request; raises InvalidArgument."""
    source, destination = (unicodedata.normalize("NFC", text) for text in (request.source, request.destination))
    violations = Violations()
    rename = violations.parse(lambda: FolderRename(source, destination))
    request_id = violations.parse(lambda: request_id_of(request.request_id))
    if rename is None:
        raise violations.error()
    violations.raise_if_any()
    return MoveFolder(owner_id, rename, request_id)


def _folder(text: str, field: str) -> str:
    """The folder that is named, in NFC; raises InvalidArgument."""
    folder = unicodedata.normalize("NFC", text)
    violations = Violations()
    check_folder(violations, field, folder)
    violations.raise_if_any()
    return folder


def _message(view: FolderView) -> pb.Folder:
    return pb.Folder(
        folder=view.folder,
        count=view.count,
        bytes=view.size_bytes,
        direct_count=view.own_count,
        direct_bytes=view.own_size_bytes,
    )
