"""Who else may use an account, on SQLite."""

import sqlite3
from datetime import datetime
from typing import Final

from emo_grpc.shared.adapters.document_repository import changed
from emo_grpc.shared.adapters.sqlite.statements import all_rows, changed_rows, first_row
from emo_grpc.shared.adapters.sqlite.transaction import SqliteTransaction
from emo_grpc.shared.adapters.times import stored_time, time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.sqlite.tables import USERS
from emo_grpc.users.domain.external_identity import ExternalIdentity, LinkedIdentity

USER_OF: Final = "SELECT user_id FROM identities WHERE issuer = ? AND external_id = ?"
LINK: Final = "INSERT INTO identities (issuer, external_id, user_id, link_time) VALUES (?, ?, ?, ?)"
UNLINK: Final = "DELETE FROM identities WHERE issuer = ? AND external_id = ?"
OF_USER: Final = "SELECT issuer, external_id, link_time FROM identities WHERE user_id = ? ORDER BY issuer, external_id"


class SqliteIdentityRepository:
    """A row for each link, which goes with its account."""

    def __init__(self, transaction: SqliteTransaction) -> None:
        self._transaction = transaction

    async def user_of(self, identity: ExternalIdentity) -> UserId | None:
        """The account that it is linked to, or None."""
        row = await self._transaction.run(first_row(USER_OF, identity.issuer, identity.external_id))
        return USERS.kind.id_from(row[0]) if row else None

    async def of_user(self, user_id: UserId) -> list[LinkedIdentity]:
        """Those that are linked to this account, in order."""
        rows = await self._transaction.run(all_rows(OF_USER, str(user_id)))
        return [LinkedIdentity(ExternalIdentity(issuer, name), stored_time(time)) for issuer, name, time in rows]

    async def link(self, identity: ExternalIdentity, user_id: UserId, now: datetime) -> None:
        """Link it."""
        values = (identity.issuer, identity.external_id, str(user_id), time_text(now))
        try:
            await self._transaction.run(changed_rows(LINK, *values))
        except sqlite3.IntegrityError as error:
            raise changed() from error

    async def unlink(self, identity: ExternalIdentity) -> None:
        """Unlink it, if it is linked."""
        await self._transaction.run(changed_rows(UNLINK, identity.issuer, identity.external_id))
