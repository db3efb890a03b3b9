"""The collections of this context, and their indexes.

Documents of aggregates are those of all stores, in the field `document`; beside it stand the aggregate's version and
what queries need, with sessions also the standing of their user. `admin_counts` is the one document that all units
write that count administrators.
"""

from typing import Final

from pymongo import ASCENDING, IndexModel

from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.users.domain.user import UserState

USERS: Final = "users"
SESSIONS: Final = "sessions"
IDENTITIES: Final = "identities"
LOGIN_FAILURES: Final = "login_failures"
FAMILIAR_PEERS: Final = "familiar_peers"
ADMIN_COUNTS: Final = "admin_counts"

CHANGES_END_TIME: Final = "document.changes_end_time"
HAS_CHANGES: Final[Document] = {CHANGES_END_TIME: {"$type": "string"}}
NEVER_ACTIVATED: Final[Document] = {"state": str(UserState.PENDING)}
ADMIN: Final[Document] = {"is_admin": True}

USERS_BY_TIME: Final = [("create_time", ASCENDING), ("_id", ASCENDING)]
SESSIONS_OF_USER: Final = [("user_id", ASCENDING), *USERS_BY_TIME]
SESSIONS_OF_ACTOR: Final = [("document.actor.actor_id", ASCENDING), ("user_id", ASCENDING)]
HAS_ACTOR: Final[Document] = {"document.actor.actor_id": {"$exists": True}}
_BY_SCHEMA_VERSION: Final = IndexModel([("document.schema_version", ASCENDING)])

INDEXES: Final = {
    USERS: [
        IndexModel([("username", ASCENDING)], unique=True),
        IndexModel([("email_key", ASCENDING)], unique=True),
        IndexModel(USERS_BY_TIME),
        IndexModel([("state", ASCENDING), ("create_time", ASCENDING)], partialFilterExpression=NEVER_ACTIVATED),
        IndexModel([(CHANGES_END_TIME, ASCENDING)], partialFilterExpression=HAS_CHANGES),
        IndexModel([("is_admin", ASCENDING), ("state", ASCENDING)], partialFilterExpression=ADMIN),
        _BY_SCHEMA_VERSION,
    ],
    SESSIONS: [
        IndexModel(SESSIONS_OF_USER),
        IndexModel([("expire_time", ASCENDING)]),
        IndexModel(SESSIONS_OF_ACTOR, unique=True, partialFilterExpression=HAS_ACTOR),
        _BY_SCHEMA_VERSION,
    ],
    IDENTITIES: [IndexModel([("user_id", ASCENDING)])],
    LOGIN_FAILURES: [IndexModel([("forget_time", ASCENDING)])],
    FAMILIAR_PEERS: [IndexModel([("forget_time", ASCENDING)])],
    ADMIN_COUNTS: [],
}


def standing(user: Document) -> Document:
    """What is kept with each session of the user with this record."""
    return {"is_active": user["state"] == UserState.ACTIVE, "is_admin": user["is_admin"]}
