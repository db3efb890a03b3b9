"""Plans the import of files with sidecars: of a Google Takeout, and of any folder."""

import re
from collections import defaultdict
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from emo_grpc.cli.assets.folder_names import folder_of
from emo_grpc.cli.assets.imports.folder_sidecars import FolderSidecars
from emo_grpc.cli.assets.imports.plan import ImportPlan, Item
from emo_grpc.cli.assets.imports.sidecar_assets import Found, described
from emo_grpc.cli.assets.imports.trees import Entry, Tree
from emo_grpc.cli.terminal.printing import counted

TAKEOUT: Final = re.compile(r"Takeout\d*|takeout-.*")
GOOGLE: Final = "Google "
"""Of its folder in a Takeout, `Google Photos` in English."""
OF_A_YEAR: Final = re.compile(r".*\b(18|19|20)\d\d")
"""`Photos from 1994` and its like in other languages, into which Google puts each photo once more."""


def plan_sidecars(tree: Tree) -> ImportPlan:
    """All files of a tree but the sidecars, each with what those say of it. Blocking."""
    return _Planning(tree).plan()


class _Planning:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._plan = ImportPlan(failed=list(tree.contents.failed))
        self._trashed = self._alone = 0
        self._folders: dict[PurePosixPath, list[Entry]] = defaultdict(list)
        for entry in tree.contents.entries:
            self._folders[entry.path.parent].append(entry)

    def plan(self) -> ImportPlan:
        sidecars = {path: FolderSidecars(self._tree, entries) for path, entries in self._folders.items()}
        is_takeout = any(each.is_of_google for each in sidecars.values())
        found = [each for path in self._folders for each in self._found_in(path, sidecars[path], is_takeout=is_takeout)]
        in_albums = {each.identity for each in found if each.is_in_album} if is_takeout else set()
        repeated = 0
        for each in found:
            if not each.is_in_album and each.date is not None and each.identity in in_albums:
                repeated += 1
            else:
                self._plan.items.append(Item(each.entry, partial(described, each)))
        for folder in sidecars.values():
            self._plan.failed += folder.failed
            self._alone += folder.alone
        self._note(repeated)
        return self._plan

    def _found_in(self, path: PurePosixPath, sidecars: FolderSidecars, *, is_takeout: bool) -> list[Found]:
        names = _names_in_vault(path, sidecars.album) if is_takeout else path.parts
        folder = folder_of(names)
        is_year = is_takeout and not sidecars.album and bool(names) and bool(OF_A_YEAR.fullmatch(names[-1]))
        found = []
        for entry in sidecars.files:
            sidecar = sidecars.about(entry)
            if sidecar.is_trashed:
                self._trashed += 1
            else:
                found.append(Found(entry, sidecars, sidecar.date, folder, is_in_album=bool(names) and not is_year))
        return found

    def _note(self, repeated: int) -> None:
        notes = (
            (repeated, "photo of a year is in an album, too, and comes in once",
             "photos of years are in albums, too, and come in once"),
            (self._trashed, "file was in Google's bin, and stays out", "files were in Google's bin, and stay out"),
            (self._alone, "sidecar belongs to no file here", "sidecars belong to no files here"),
            (self._tree.contents.left_out, "hidden file or folder left out", "hidden files or folders left out"),
        )  # fmt: skip
        self._plan.notes += [counted(count, one, many) for count, one, many in notes if count]


def _names_in_vault(path: PurePosixPath, album: str) -> tuple[str, ...]:
    """Without the folders that Google puts around all, and with the title of an album in place of its short name."""
    names = path.parts
    if names and TAKEOUT.fullmatch(names[0]):
        names = names[1:]
    if names and names[0].startswith(GOOGLE):
        names = names[1:]
    return (*names[:-1], album) if album and names else names
