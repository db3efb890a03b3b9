"""Opens what an export is written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emo_grpc.cli.assets.exports.folder_target import FolderTarget
from emo_grpc.cli.assets.exports.targets import ExportTarget
from emo_grpc.cli.assets.exports.zip_target import ZipTarget


@contextmanager
def opened_target(path: Path, *, overwrite: bool) -> Iterator[ExportTarget]:
    """A ZIP file if it is called so, else a folder. Blocking. Raises Refusal, OSError."""
    if path.suffix.lower() == ".zip" and not path.is_dir():
        with ZipTarget.opened(path, overwrite=overwrite) as target:
            yield target
    else:
        with FolderTarget.opened(path) as folder:
            yield folder
