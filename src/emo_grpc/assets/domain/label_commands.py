"""What can be asked of labels."""

from dataclasses import dataclass

from emo_grpc.assets.domain.commands import OwnerCommand
from emo_grpc.assets.domain.folder_move import FolderMove
from emo_grpc.assets.domain.label_rename import LabelRename
from emo_grpc.shared.domain.ids import RequestId


@dataclass(frozen=True, slots=True)
class RenameLabel(OwnerCommand[FolderMove]):
    """Rename a label of all assets; gives what is still to do, also when `request_id` was used before."""

    rename: LabelRename
    request_id: RequestId | None = None
