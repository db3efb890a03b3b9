"""A server that is attacked, people with accounts there, and an administrator who sees what becomes of them."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from e2e.attacks_on_identity.caller import Caller
from e2e.server_process import ServerProcess
from emo.audit.v1 import audit_pb2
from emo.users.v1 import users_pb2
from identity_provider import IdentityProvider
from rpc.vault import PASSWORD
from smtp_server import MailServer, text_of
from waiting import wait_until

KEY = users_pb2.TOKEN_TYPE_SERVICE_KEY
HOME = "127.0.0.1"
PATIENCE_SECONDS = 10.0
ANYBODY = "anonymous"


class Told(NamedTuple):
    """An entry of the audit trail. `by`: the sort of caller, or the id of a service account."""

    kind: str
    by: str
    rpc: str
    reason: str
    code: str = ""


def refused(rpc: str, reason: str, by: str = ANYBODY) -> Told:
    """That an account was not got into."""
    return Told("login_failed", by, rpc, reason)


@dataclass
class Person:
    """Somebody with an account, logged in unless `caller` has no token."""

    user_id: str
    username: str
    email: str
    caller: Caller


@dataclass(frozen=True)
class Service:
    """A service account with a key."""

    service_account_id: str
    key_id: str
    key: str


@dataclass
class Target:
    """The server with its surroundings; `by_proxy` calls it through a proxy that it trusts."""

    server: ServerProcess
    mails: MailServer
    issuer: IdentityProvider
    caller: Caller
    by_proxy: Caller
    _taken: set[str] = field(default_factory=set)

    @cached_property
    def root(self) -> Caller:
        """An administrator."""
        return self.logged_in("root")

    def logged_in(self, username: str, password: str = PASSWORD) -> Caller:
        tokens = self.caller.call("Login", username=username, password=password).tokens
        return self.caller.with_token(tokens.access_token)

    def person(self, name: str, *, roles: tuple[users_pb2.Role.ValueType, ...] = (), email: str = "") -> Person:
        """Somebody new."""
        username = f"{name}-{secrets.token_hex(3)}"
        email = email or f"{username}@example.org"
        user_id = self.root.call("CreateUser", username=username, email=email, password=PASSWORD).user_id
        if roles:
            self.root.call("SetUserRoles", user_id=user_id, roles=roles)
        return Person(user_id, username, email, self.logged_in(username))

    def newcomer(self, name: str, **fields: str) -> Person:
        """Somebody who has registered, and waits for their activation."""
        username = f"{name}-{secrets.token_hex(3)}"
        email = f"{username}@example.org"
        answer = self.caller.call("RegisterUser", username=username, email=email, password=PASSWORD, **fields)
        return Person(answer.user_id, username, email, self.caller)

    def service(self, *permissions: int, networks: tuple[str, ...] = (), expire_time: Any = None) -> Service:
        """Another backend, with a key."""
        account = {"name": f"printer-{secrets.token_hex(3)}", "permissions": permissions, "networks": networks}
        made = self.root.call("CreateServiceAccount", "service_accounts", service_account=account)
        key = self.root.call(
            "CreateServiceKey", "service_accounts", service_account_id=made.service_account_id, expire_time=expire_time
        )
        return Service(made.service_account_id, key.key_id, key.service_key)

    def token_of(self, service: Service, **fields: Any) -> str:
        """An access token of the service, or of whom the fields say."""
        own: dict[str, Any] = {"subject_token": service.key, "subject_token_type": KEY}
        acting = {"actor_token": service.key, "actor_token_type": KEY} | fields
        return str(self.caller.call("ExchangeToken", **(acting if fields else own)).access_token)

    def mailed_token(self, address: str, command: str) -> str:
        """The next token that is mailed to this address for a command of `emo`, once it has come."""
        pattern = re.compile(rf"{command}(?: --)? ([A-Za-z0-9_-]{{64}})$", re.MULTILINE)

        def new() -> list[str]:
            texts = [text_of(mail) for mail in self.mails.mails if mail["To"] == address]
            found = [match[1] for match in map(pattern.search, texts) if match]
            return [token for token in found if token not in self._taken]

        wait_until(new, shown=lambda: [str(mail) for mail in self.mails.mails if mail["To"] == address])
        token = new()[0]
        self._taken.add(token)
        return token

    def refusals_of(self, service: Service) -> list[tuple[Told, audit_pb2.AuditEvent]]:
        """Which uses of its key were refused, the oldest first."""
        page = self.root.call("ListAuditEvents", "audit", kind=audit_pb2.AUDIT_KIND_LOGIN_FAILED, page_size=1000)
        ids = {"service_account_id": service.service_account_id, "key_id": service.key_id}
        return [(_told(event), event) for event in reversed(page.events) if dict(event.details) == ids]

    def wait_for_refusal(self, service: Service, told: Told) -> None:
        """Until this is the latest of what a service did in its own name."""
        fields = {"service_account_id": service.service_account_id, "page_size": 1}

        def latest() -> list[Told]:
            return [_told(event) for event in self.root.call("ListAuditEvents", "audit", **fields).events]

        wait_until(lambda: latest() == [told], PATIENCE_SECONDS, shown=latest)

    def trail(self, user_id: str) -> list[audit_pb2.AuditEvent]:
        """What has happened to an account, the oldest first, but for what the administrator asked and got."""
        page = self.root.call("ListAuditEvents", "audit", user_id=user_id, page_size=1000)
        assert not page.next_page_token
        return [event for event in reversed(page.events) if _told(event)[::4] != ("admin_call", "OK")]

    @contextmanager
    def unchanged(self, person: Person, *told: Told, peer: str = HOME) -> Iterator[None]:
        """What the block does leaves the account and its sessions as they are, and just these entries in its trail."""
        before, known = self._state(person), len(self.trail(person.user_id))
        with self.told(person, *told, peer=peer):
            yield
        assert self._state(person) == before
        assert len(self.trail(person.user_id)) == known + len(told)

    @contextmanager
    def told(self, person: Person, *told: Told, peer: str = HOME) -> Iterator[None]:
        """What the block does leaves these entries of what was refused in the trail of the account, and no others."""
        known = len(self._refusals(person))
        yield
        wait_until(
            lambda: len(self._refusals(person)) >= known + len(told),
            PATIENCE_SECONDS,
            shown=lambda: self._refusals(person)[known:],
        )
        events = self._refusals(person)[known:]
        assert [_told(event) for event in events] == list(told)
        assert {event.peer for event in events} <= {peer}

    def _refusals(self, person: Person) -> list[audit_pb2.AuditEvent]:
        return [event for event in self.trail(person.user_id) if event.reason]

    def _state(self, person: Person) -> tuple[str, list[str]]:
        user = self.root.call("GetUser", user_id=person.user_id).user
        is_logged_in = bool(person.caller.token)
        sessions = person.caller.call("ListSessions").sessions if is_logged_in else []
        return str(user), sorted(session.session_id for session in sessions)


def _told(event: audit_pb2.AuditEvent) -> Told:
    kind = audit_pb2.AuditKind.Name(event.kind).removeprefix("AUDIT_KIND_").lower()
    by = audit_pb2.ActorKind.Name(event.actor_kind).removeprefix("ACTOR_KIND_").lower()
    rpc = event.method.rpartition("/")[2]
    return Told(kind, event.service_account_id or by, rpc, event.reason, event.code)
