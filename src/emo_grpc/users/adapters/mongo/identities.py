"""Who else may use an account, on MongoDB."""

from datetime import datetime

from pymongo import ASCENDING

from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.adapters.mongo.errors import translated, translated_unique
from emo_grpc.shared.adapters.mongo.transaction import MongoTransaction
from emo_grpc.shared.adapters.times import stored_time, time_text
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.mongo.collections import USERS
from emo_grpc.users.adapters.mongo.schema import IDENTITIES
from emo_grpc.users.domain.external_identity import ExternalIdentity, LinkedIdentity


class MongoIdentityRepository:
    """A record for each link, whose key is the identity: so the same one has no other."""

    def __init__(self, transaction: MongoTransaction) -> None:
        self._records = transaction.collection(IDENTITIES)
        self._session = transaction.session

    async def user_of(self, identity: ExternalIdentity) -> UserId | None:
        """The account that it is linked to, or None."""
        with translated():
            record = await self._records.find_one(identity_key(identity), session=self._session)
        return USERS.kind.id_from(record["user_id"]) if record else None

    async def of_user(self, user_id: UserId) -> list[LinkedIdentity]:
        """Those that are linked to this account, in order."""
        theirs = {"user_id": str(user_id)}
        with translated():
            found = self._records.find(theirs, sort=[("_id", ASCENDING)], session=self._session)
            return [
                LinkedIdentity(ExternalIdentity(**record["_id"]), stored_time(record["link_time"]))
                for record in await found.to_list()
            ]

    async def link(self, identity: ExternalIdentity, user_id: UserId, now: datetime) -> None:
        """Link it."""
        record = identity_key(identity) | {"user_id": str(user_id), "link_time": time_text(now)}
        with translated_unique():
            await self._records.insert_one(record, session=self._session)

    async def unlink(self, identity: ExternalIdentity) -> None:
        """Unlink it, if it is linked."""
        with translated():
            await self._records.delete_one(identity_key(identity), session=self._session)


def identity_key(identity: ExternalIdentity) -> Document:
    """The condition of its record. MongoDB compares the fields of such a key in this order."""
    return {"_id": {"issuer": identity.issuer, "external_id": identity.external_id}}
