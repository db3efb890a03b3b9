"""The collections of documents of this context, on MongoDB."""

from typing import Final

from emo_grpc.shared.adapters.mongo.document_collection import DocumentCollection
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.session import SESSION
from emo_grpc.users.adapters.documents.user import USER
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User, UserState


def _damaged_user(record: Document, version: int) -> DamagedUser:
    is_active_admin = record.get("state") == UserState.ACTIVE and record.get("is_admin") is True
    return DamagedUser(version=version, user_id=USER.id_from(record["_id"]), is_active_admin=is_active_admin)


def _damaged_session(record: Document, version: int) -> DamagedSession:
    session_id, user_id = SESSION.id_from(record["_id"]), USER.id_from(record["user_id"])
    return DamagedSession(version=version, session_id=session_id, user_id=user_id)


USERS: Final[DocumentCollection[UserId, User, DamagedUser]] = DocumentCollection(USER, str, None, _damaged_user)
SESSIONS: Final[DocumentCollection[SessionId, Session, DamagedSession]] = DocumentCollection(
    SESSION, str, None, _damaged_session
)
