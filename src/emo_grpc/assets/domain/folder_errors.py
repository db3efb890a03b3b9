"""What can go wrong with folders."""

from emo_grpc.shared.domain.errors import FailedPrecondition, NotFound
from emo_grpc.shared.domain.reasons import ErrorReason


class FolderNotFound(NotFound):
    """No asset of this caller is in this folder, or below it."""

    reason = ErrorReason.FOLDER_NOT_FOUND

    def __init__(self, folder: str) -> None:
        super().__init__("there is no such folder of yours: nothing is in it", metadata={"folder": folder})


class FolderTooLarge(FailedPrecondition):
    """More folders are below this one than can be moved at once."""

    reason = ErrorReason.FOLDER_TOO_LARGE
