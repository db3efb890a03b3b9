"""The RPCs of folders."""

from collections.abc import AsyncGenerator, Callable
from uuid import uuid4

from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo_grpc.client.calls import Calls
from emo_grpc.client.pages import pages_of


class FolderCalls:
    """Those of AssetsService, as AssetsApi has them."""

    _stub: AssetsServiceStub
    _calls: Calls

    async def folder_page(
        self, folder: str = "", *, page_size: int = 0, page_token: str = ""
    ) -> pb.ListFoldersResponse:
        """ListFolders; one page of those right below a folder."""
        request = pb.ListFoldersRequest(folder=folder, page_size=page_size, page_token=page_token)
        return await self._calls.authorized(self._stub.ListFolders, request)

    def folder_pages(self, folder: str = "", *, page_size: int = 0) -> AsyncGenerator[pb.ListFoldersResponse, None]:
        """ListFolders, each page as it is."""
        return pages_of(lambda token: self.folder_page(folder, page_size=page_size, page_token=token))

    async def move_folder(
        self,
        source: str,
        destination: str,
        *,
        request_id: str = "",
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """MoveFolder, until all is moved: again with the same `request_id` while there is more.

        `on_progress` is told how many assets are left, each time that the server says so. It goes on when nobody waits.
        """
        request = pb.MoveFolderRequest(source=source, destination=destination, request_id=request_id or str(uuid4()))
        while left := (await self._calls.authorized(self._stub.MoveFolder, request)).remaining_count:
            on_progress(left)
