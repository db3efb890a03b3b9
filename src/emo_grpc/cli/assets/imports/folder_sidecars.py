"""Tells the sidecars of a folder from its other files."""

from collections.abc import Sequence
from typing import Final

from emo_grpc.cli.assets.imports.trees import Entry, Tree
from emo_grpc.cli.failures import local_sentence
from emo_grpc.sidecars.sidecar import MAX_BYTES, NotASidecar, Sidecar
from emo_grpc.sidecars.takeout import read_album_title, read_takeout
from emo_grpc.sidecars.takeout_names import SUFFIX as JSON
from emo_grpc.sidecars.takeout_names import TakeoutNames
from emo_grpc.sidecars.xmp import read_xmp
from emo_grpc.sidecars.xmp_names import SUFFIX as XMP
from emo_grpc.sidecars.xmp_names import XmpNames

AROUND: Final = frozenset(
    {"print-subscriptions.json", "shared_album_comments.json", "user-generated-memory-titles.json"}
)
"""What Google says of an account besides, in files that are about no photo."""


class FolderSidecars:
    """`files`: all that are no sidecars. `album`: what the folder is called, empty if nothing says it.

    `failed`: sidecars that can't be read, and why; their files come in without them. A file is a sidecar by what is in
    it, since somebody may keep JSON of their own; one called .xmp always is. `is_of_google`: whether one is Google's.
    What they say is read again for each file: all of it at once may be any number of bytes.
    """

    def __init__(self, tree: Tree, entries: Sequence[Entry]) -> None:
        self.files: list[Entry] = []
        self.album = ""
        self.failed: list[tuple[str, str]] = []
        self._tree = tree
        self._of_google: dict[str, Entry] = {}
        self._xmp: dict[str, Entry] = {}
        self._broken: set[str] = set()
        for entry in entries:
            self._take(entry)
        self._google_names = TakeoutNames(self._of_google)
        self._xmp_names = XmpNames(self._xmp)
        self._used: set[str] = set()

    @property
    def is_of_google(self) -> bool:
        """Whether a sidecar of Google's is here."""
        return bool(self._of_google or self.album)

    @property
    def alone(self) -> int:
        """How many sidecars are about none of the files that were asked for."""
        return len(self._of_google) + len(self._xmp) - len(self._used)

    def about(self, entry: Entry) -> Sidecar:
        """What is said of a file; of two sidecars the photo program's counts more. Blocking."""
        name = entry.path.name
        google, xmp = self._google_names.sidecar_of(name), self._xmp_names.sidecar_of(name)
        self._used |= {each for each in (google, xmp) if each is not None}
        said = Sidecar() if xmp is None else self._read_xmp(self._xmp[xmp])
        return said if google is None else said.filled_by(self._read_google(self._of_google[google]))

    def _take(self, entry: Entry) -> None:
        name = entry.path.name
        if name.lower().endswith(XMP):
            self._xmp[name] = entry
        elif not name.lower().endswith(JSON) or not (name.lower() in AROUND or self._is_of_google(entry)):
            self.files.append(entry)

    def _is_of_google(self, entry: Entry) -> bool:
        if entry.size > MAX_BYTES:
            return False
        try:
            data = self._tree.read(entry)
        except OSError:
            return False  # it fails once more when it is sent, and is told of then
        try:
            read_takeout(data)
            self._of_google[entry.path.name] = entry
        except NotASidecar:
            try:
                self.album = read_album_title(data)
            except NotASidecar:
                return False
        return True

    def _read_google(self, entry: Entry) -> Sidecar:
        try:
            return read_takeout(self._tree.read(entry))
        except (NotASidecar, OSError) as error:
            self._fail(entry, error)
            return Sidecar()

    def _read_xmp(self, entry: Entry) -> Sidecar:
        try:
            if entry.size > MAX_BYTES:
                raise NotASidecar(f"it has more than {MAX_BYTES:,} bytes")
            return read_xmp(self._tree.read(entry))
        except (NotASidecar, OSError) as error:
            self._fail(entry, error)
            return Sidecar()

    def _fail(self, entry: Entry, error: NotASidecar | OSError) -> None:
        """One sidecar may be about several files, and is asked for each of them more than once."""
        if entry.name not in self._broken:
            self._broken.add(entry.name)
            self.failed.append((entry.name, local_sentence(error) if isinstance(error, OSError) else str(error)))
