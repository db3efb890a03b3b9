"""One move, from its first look to its report."""

from dataclasses import dataclass
from datetime import datetime

from emo_grpc.assets.service_layer.integrity.orphans import ForeignStore, Orphans
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.migration.accounts import Accounts, Sessions
from emo_grpc.migration.assets import Assets
from emo_grpc.migration.journal import MoveJournal
from emo_grpc.migration.preflight import Survey
from emo_grpc.migration.reconciliation import Passes
from emo_grpc.migration.report import MoveRefused, MoveReport, OnMoved
from emo_grpc.migration.requests_and_events import move_events, move_requests
from emo_grpc.migration.resource_kind import Side
from emo_grpc.migration.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Move:
    """All kinds, in the order in which one needs another."""

    here: Side
    there: Side
    bucket: BlobStore
    journal: MoveJournal
    accounts: Accounts
    sessions: Sessions
    assets: Assets
    uploads: Uploads

    async def run(self, on_moved: OnMoved, now: datetime) -> MoveReport:
        """Make the target hold all that is here. Raises MoveRefused before anything is changed, and Unavailable."""
        on_moved.begin(await self._survey())
        report = MoveReport()
        passes = Passes(self.here, self.there, report)
        await passes.tidy(self.bucket)
        await passes.clear(self.uploads)
        await passes.clear(self.assets)
        await passes.clear(self.sessions)
        await passes.clear(self.accounts)
        await passes.bring(self.accounts)
        await passes.bring(self.sessions)
        await passes.bring(self.assets)
        await passes.bring(self.uploads)
        await move_requests(self.here, self.there, report, now)
        await move_events(self.here, self.there, report)
        return report

    async def _survey(self) -> int:
        survey = Survey(self.here, self.there, self.journal)
        await survey.look_at(self.accounts)
        await survey.look_at(self.sessions)
        await survey.look_at(self.assets)
        await survey.look_at(self.uploads)
        await survey.look_into(self.bucket)
        survey.judge()
        await self._claim_bucket()
        self.journal.write()
        return survey.size

    async def _claim_bucket(self) -> None:
        try:
            await Orphans(self.there.metadata.inventory, self.bucket).require_own_store()
        except ForeignStore as error:
            raise MoveRefused(f"{error}: name the one that has this bucket, or a bucket that nobody uses") from error
