"""Carries out `emo sync`: looks at both sides, and then goes up or down."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from emo.assets.v1.assets_pb2 import AssetFilter
from emo_grpc.cli.assets.deletion import trash_lifetime
from emo_grpc.cli.assets.downloads.several import print_what_can_not_be_read
from emo_grpc.cli.assets.downloads.wanted import Choice, WantedAssets
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.folder_names import kept_name
from emo_grpc.cli.assets.missing_folders import explain_nothing
from emo_grpc.cli.assets.sync.comparison import Comparison, compare
from emo_grpc.cli.assets.sync.going_down import GoingDown
from emo_grpc.cli.assets.sync.going_up import GoingUp
from emo_grpc.cli.assets.sync.set_aside import SetAside
from emo_grpc.cli.assets.sync.sides import Sides, both_sides, local_files, useless_parts
from emo_grpc.cli.assets.sync.steps import Step, print_json_steps, print_steps, print_what_stays, print_what_was_done
from emo_grpc.cli.assets.uploads.journal_file import open_journal
from emo_grpc.cli.assets.uploads.upload_paths import ChosenFiles, print_what_is_special
from emo_grpc.cli.config_folder import config_folder
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES, LOCAL, Refusal
from emo_grpc.cli.terminal.printing import print_error

NOT_ALL_READ: Final = "not all could be read"
NOTHING: Final = "there is nothing on the side that others follow"
NO_TRASH: Final = "this server has no trash"


@dataclass(frozen=True, slots=True)
class Syncing:
    """One sync of a folder of this machine with one of the vault."""

    remote: Remote
    root: Path
    vault_folder: str
    is_up: bool
    deletes: bool
    as_json: bool = False

    async def run(self, *, is_plan: bool) -> int:
        """Do it, or only show what would be done; gives the exit code. Raises EmoClientError, OSError, Refusal."""
        self._require_root()
        wanted = await self._wanted()
        if not is_plan:
            await asyncio.to_thread(self.root.mkdir, exist_ok=True)
        chosen = ChosenFiles()
        files = await asyncio.to_thread(local_files, self.root, self.vault_folder, chosen)
        sides = both_sides(self.vault_folder, files, wanted.assets)
        # What can't be seen may be what lies at the other path, too.
        is_all_seen = not (chosen.failed or wanted.unreadable or wanted.incomplete)
        compared = await asyncio.to_thread(partial(compare, sides, finds_moves=is_all_seen))
        chosen.failed += [(file.path, str(error.strerror)) for file, error in compared.unread]
        if not self.is_up:
            compared.only_here += useless_parts(self.root, sides, chosen)
        print_what_is_special(chosen, with_hidden=False)
        print_what_can_not_be_read(wanted)
        why_not = await self._why_nothing_is_deleted(sides, chosen, wanted) if self.deletes else ""
        exit_code = await self._go(sides, compared, deletes=self.deletes and not why_not, is_plan=is_plan)
        if self.is_up:
            only_other, where = len(compared.only_there), f"in the vault{_earlier(sides, compared)}"
        else:
            only_other, where = len(compared.only_here), f"in {self.root}"
        print_what_stays(only_other, where, deletes=self.deletes, why_not=why_not)
        unread = EXIT_CODES["DATA_LOSS"] if wanted.unreadable else LOCAL if chosen.failed else 0
        return exit_code or unread

    async def _go(self, sides: Sides, compared: Comparison, *, deletes: bool, is_plan: bool) -> int:
        done: list[Step] = []
        aside = SetAside(self.root, datetime.now())  # noqa: DTZ005 - a time of this machine, for people who look there
        with open_journal(config_folder()) as journal:
            up = GoingUp(self.remote, journal, compared, deletes)
            down = GoingDown(self.remote, self.root, sides, compared, aside, deletes, self.vault_folder)
            going = up if self.is_up else down
            try:
                exit_code = 0 if is_plan else await going.run(done)
            finally:
                steps = going.plan() if is_plan else done
                if self.as_json:
                    print_json_steps(steps)
                else:
                    print_steps(steps, is_plan=is_plan)
        if not self.as_json:
            print_what_was_done(steps, compared.same, is_plan=is_plan)
        if aside.is_used:
            print_error(f"what was in the way is in {aside.folder}")
        return exit_code

    def _require_root(self) -> None:
        if not self.root.is_dir() and (self.is_up or self.root.exists()):
            raise Refusal(f"{self.root}: {'not a folder' if self.root.exists() else 'no such folder'}", LOCAL)

    async def _wanted(self) -> WantedAssets:
        batch = FileBatch(self.remote.connection.target, are_several=True)
        narrow = AssetFilter(folder=self.vault_folder, folder_recursive=True)
        wanted = await Choice((), narrow).find(self.remote.client, batch)
        if not self.is_up and wanted.is_empty:
            await explain_nothing(self.remote.client, narrow)
        return wanted

    async def _why_nothing_is_deleted(self, sides: Sides, chosen: ChosenFiles, wanted: WantedAssets) -> str:
        """Empty if something may be: what can't be seen must not be taken for deleted."""
        if chosen.failed if self.is_up else wanted.unreadable or wanted.incomplete:
            return NOT_ALL_READ
        if not (sides.files if self.is_up else sides.assets):
            return NOTHING
        return NO_TRASH if self.is_up and not await trash_lifetime(self.remote.client) else ""


def _earlier(sides: Sides, compared: Comparison) -> str:
    """How many of those that only the vault has are what a file of this folder was before."""
    names = {(file.folder, file.name) for file in sides.files}
    count = sum((asset.folder, kept_name(asset.name)) in names for asset in compared.only_there)
    return f" ({count:,} of them what a file here was before)" if count else ""
