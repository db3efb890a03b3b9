"""All accounts and sessions that a database has."""

from dataclasses import dataclass

from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.walk import PageById
from emo_grpc.users.domain.damaged import DamagedSession, DamagedUser
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session import Session
from emo_grpc.users.domain.user import User


@dataclass(frozen=True, slots=True)
class AccountInventory:
    """Pages of all accounts, and of all sessions, also expired ones."""

    users: PageById[UserId, User | DamagedUser]
    sessions: PageById[SessionId, Session | DamagedSession]
