"""What can be asked of folders."""

from dataclasses import dataclass

from emo_grpc.assets.domain.commands import OwnerCommand
from emo_grpc.assets.domain.folder_move import FolderMove, FolderRename
from emo_grpc.shared.domain.ids import RequestId


@dataclass(frozen=True, slots=True)
class MoveFolder(OwnerCommand[FolderMove]):
    """Move a folder with all that is in it; gives what is still to do, also when `request_id` was used before."""

    rename: FolderRename
    request_id: RequestId | None = None
