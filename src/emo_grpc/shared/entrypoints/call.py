"""The call that is being answered."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import grpc

from emo_grpc.shared.domain.call_errors import UserTokenRequired
from emo_grpc.shared.domain.errors import TokenMissing
from emo_grpc.shared.domain.principal import Caller, Principal, ServicePrincipal
from emo_grpc.shared.entrypoints.admission.peers import Peer, peer_of
from emo_grpc.shared.entrypoints.admission.proxies import NO_PROXIES, Proxies
from emo_grpc.shared.entrypoints.admission.slot import NO_SLOT, Slot
from emo_grpc.shared.entrypoints.method import Method

AT_THE_DEADLINE: Final = 0.1
"""Seconds. The client ends a call by its own clock, and its cancellation may come a little before our clock says so."""

_CALL: Final[ContextVar["Call"]] = ContextVar("emo_call")


def _charge_nobody(_: int) -> None:
    """Do nothing."""


@dataclass(slots=True, eq=False)
class Call:
    """One call from its beginning to its end, as the log will tell it.

    `user_id` is empty for a caller who is not authenticated, and for a service in its own name; `actor_id` is that of
    the service that makes the call in its own name or for the user, if one does; `caller_id` is the user or the service
    that calls in its own name. `share_id` is who bears the cost: a service that calls for a user has a share of its
    own, so that it locks them out of nothing. `request` is a message, or a stream of them. `turned_away` is who was not
    let in from where they call. `code` and `reason` are how it ended, `damaged` the ids of what DATA_LOSS was
    about. Counters are of whole messages and of their protobuf bytes. `charge` counts it as so many calls more against
    the calls a second of a user.
    """

    method: Method
    # Any: a servicer's context is typed by its messages, and this one serves every method.
    context: grpc.aio.ServicerContext[Any, Any]
    started: float = field(default_factory=time.perf_counter)
    request_id: str = ""
    caller: Caller | None = None
    turned_away: Caller | None = None
    user_id: str = ""
    actor_id: str = ""
    caller_id: str = ""
    share_id: str = ""
    request: object = None
    code: grpc.StatusCode = grpc.StatusCode.OK
    reason: str = ""
    damaged: Mapping[str, str] = field(default_factory=dict)
    messages_in: int = 0
    bytes_in: int = 0
    messages_out: int = 0
    bytes_out: int = 0
    slot: Slot = NO_SLOT
    charge: Callable[[int], None] = _charge_nobody
    proxies: Proxies = NO_PROXIES
    peer: Peer = field(init=False)
    _metadata: tuple[tuple[str, str | bytes], ...] = field(init=False)

    def __post_init__(self) -> None:
        # gRPC decodes both anew each time it is asked.
        self._metadata = tuple(self.context.invocation_metadata() or ())
        self.peer = self.proxies.client(peer_of(self.context.peer()), self.metadata)

    def begin(self) -> None:
        """Make it the one that `current_call` gives. Each call has a task of its own, so this needs no reset."""
        _CALL.set(self)

    def made_by(self, caller: Caller) -> None:
        """Note who makes it."""
        self.caller = caller
        self.actor_id = str(caller.actor or "")
        self.user_id = str(caller.user_id) if isinstance(caller, Principal) else ""
        self.caller_id = self.user_id or self.actor_id
        self.share_id = f"{self.user_id} {self.actor_id}".strip()

    @property
    def bearer(self) -> Caller | None:
        """Whoever a valid access token vouches for, let in or not."""
        return self.caller or self.turned_away

    @property
    def task(self) -> "asyncio.Task[Any]":
        """The task that runs the call; ask only from inside it."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("gRPC runs each call in a task")
        return task

    def metadata(self, key: str) -> list[str]:
        """All values that the client sent under a (lower-case) key."""
        return [str(value) for name, value in self._metadata if name == key]

    @property
    def final_code(self) -> grpc.StatusCode:
        """How it has ended, also where a servicer said so itself."""
        if self.code is not grpc.StatusCode.OK:
            return self.code
        set_by_servicer: grpc.StatusCode | None = self.context.code()
        return set_by_servicer or grpc.StatusCode.OK

    @property
    def is_late(self) -> bool:
        """Whether the deadline that the client set has passed."""
        remaining: float | None = self.context.time_remaining()
        return remaining is not None and remaining <= AT_THE_DEADLINE


def current_call() -> Call:
    """The call under way; raises LookupError outside of one."""
    return _CALL.get()


def current_principal() -> Principal:
    """The user who calls, or is called for, for servicers; raises TokenMissing, or UserTokenRequired for a service."""
    call = _CALL.get(None)
    if call is None or call.caller is None:
        raise TokenMissing("this call carries no access token")
    if isinstance(call.caller, ServicePrincipal):
        raise user_token_required()
    return call.caller


def current_caller() -> str:
    """The id of the user or of the service that calls, for what may be either; raises TokenMissing."""
    call = _CALL.get(None)
    if call is None or call.caller is None:
        raise TokenMissing("this call carries no access token")
    return call.caller_id


def user_token_required() -> UserTokenRequired:
    """What a service is told that asks for things which only users have."""
    return UserTokenRequired("a service has nothing of its own here: exchange its token for one of a user")


def current_peer() -> str:
    """Address of the client without its port, for throttling."""
    return current_call().peer.address
