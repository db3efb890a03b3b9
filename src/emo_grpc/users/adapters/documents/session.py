"""Sessions as documents."""

from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from emo_grpc.shared.adapters.document_kind import DocumentKind
from emo_grpc.shared.adapters.schema_versions import Raw, Upcasters, require_text, upcast
from emo_grpc.shared.adapters.times import stored_time, time_text
from emo_grpc.shared.domain.ids import ActorId, UserId
from emo_grpc.users.adapters.documents.shapes import ActorDocument, SessionDocument
from emo_grpc.users.adapters.documents.upcasters import SESSION_VERSION, UPCASTERS
from emo_grpc.users.domain.damaged import DamagedSession
from emo_grpc.users.domain.errors import SessionNotFound, SessionRecordCorrupt
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Actor, Session

_SHAPE: Final = TypeAdapter(SessionDocument)


def session_to_document(session: Session) -> SessionDocument:
    """Write a session."""
    return {
        "schema_version": SESSION_VERSION,
        "session_id": str(session.session_id),
        "user_id": str(session.user_id),
        "device_id": session.device_id,
        "scopes": sorted(session.scopes),
        "family_hash": session.family_hash,
        "token_hash": session.token_hash,
        "create_time": time_text(session.create_time),
        "last_used_time": time_text(session.last_used_time),
        "expire_time": time_text(session.expire_time),
        "actor": _actor_to_document(session.actor) if session.actor else None,
    }


def session_from_document(raw: Raw, version: int, upcasters: Upcasters = UPCASTERS.sessions) -> Session:
    """Read a session of any known schema version; raises of UNREADABLE."""
    document = _SHAPE.validate_python(upcast(raw, upcasters, SESSION_VERSION))
    require_text(document["device_id"], document["family_hash"], document["token_hash"], *document["scopes"])
    return Session(
        version=version,
        session_id=SessionId(UUID(document["session_id"])),
        user_id=UserId(UUID(document["user_id"])),
        device_id=document["device_id"],
        scopes=frozenset(document["scopes"]),
        family_hash=document["family_hash"],
        token_hash=document["token_hash"],
        create_time=stored_time(document["create_time"]),
        last_used_time=stored_time(document["last_used_time"]),
        expire_time=stored_time(document["expire_time"]),
        actor=_actor(document["actor"]),
    )


def _actor_to_document(actor: Actor) -> ActorDocument:
    return {"actor_id": str(actor.actor_id), "name": actor.name}


def _actor(document: ActorDocument | None) -> Actor | None:
    if document is None:
        return None
    require_text(document["name"])
    return Actor(ActorId(UUID(document["actor_id"])), document["name"])


SESSION: Final[DocumentKind[SessionId, Session, DamagedSession]] = DocumentKind(
    name="sessions",
    id_name="session_id",
    id_type=SessionId,
    aggregate=Session,
    schema_version=SESSION_VERSION,
    upcasters=UPCASTERS.sessions,
    from_document=session_from_document,
    not_found=SessionNotFound,
    corrupt=SessionRecordCorrupt,
)
