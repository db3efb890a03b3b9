"""Makes an asset of a file and its sidecar."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emo.assets.v1.assets_pb2 import Asset, DatePrecision
from emo_grpc.cli.assets.imports.folder_sidecars import FolderSidecars
from emo_grpc.cli.assets.imports.plan import CannotImport
from emo_grpc.cli.assets.imports.trees import Entry
from emo_grpc.cli.terminal.message_texts import timestamp
from emo_grpc.client import describe_file
from emo_grpc.client.transfers.descriptions import printable
from emo_grpc.sidecars.known_date import KnownDate


@dataclass(frozen=True, slots=True)
class Found:
    """A file, the folder that it goes into, and who knows what is said of it; `date`: when it was, by that."""

    entry: Entry
    sidecars: FolderSidecars
    date: KnownDate | None
    folder: str
    is_in_album: bool

    @property
    def identity(self) -> object:
        """The same of copies of one photo, as far as names, sizes and times tell."""
        return self.entry.path.name, self.entry.size, self.date


def described(found: Found) -> Asset:
    """As an import creates it, before it is made to fit. Blocking. Raises CannotImport."""
    said, path = found.sidecars.about(found.entry), Path(found.entry.path.name)
    if said.date != found.date:
        raise CannotImport("what its sidecar says was changed meanwhile")
    asset = Asset(
        title=said.title,
        description=said.description,
        tags=said.tags,
        people=said.people,
        location=said.location,
        bookmarked=said.is_bookmarked,
        folder=found.folder,
    )
    asset.file.name = printable(_own_name(path.name, said.file_name))[-255:]
    if said.date is not None:
        asset.event_date.CopyFrom(timestamp(said.date.moment))
        asset.event_precision = DatePrecision.Value(f"DATE_PRECISION_{said.date.precision.name}")
        asset.event_zone = said.date.zone
    return describe_file(path, asset, size_bytes=found.entry.size)


def _own_name(name: str, before: str) -> str:
    """What a file was called before Google cut its name or numbered it; an edited copy was called nothing."""
    here, original = PurePosixPath(name), PurePosixPath(before)
    stem = here.stem.partition("(")[0]
    is_same = stem and original.stem.startswith(stem) and original.suffix.lower() == here.suffix.lower()
    return original.name if is_same and "/" not in before else name
