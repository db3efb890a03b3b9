"""Argon2id on a few threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final, TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from emo_grpc.shared.domain.call_errors import TooManyCalls
from emo_grpc.users.domain.passwords import earlier_password_form, password_form

AT_ONCE: Final = 2
MAX_WAITING: Final = 64
RETRY_AFTER: Final = timedelta(seconds=5)

T = TypeVar("T")


class Argon2PasswordHasher:
    """By default the second recommended profile of RFC 9106: 64 MiB, 3 passes, 4 lanes.

    At most two run at once, so a storm of logins takes 128 MiB and no more; what waits is bounded too. Threads, not a
    semaphore, keep that bound: a cancelled call gives up its place only when its hash is done.
    """

    def __init__(self, profile: Parameters = RFC_9106_LOW_MEMORY, max_waiting: int = MAX_WAITING) -> None:
        self._hasher = PasswordHasher.from_parameters(profile)
        self._threads = ThreadPoolExecutor(AT_ONCE, "password-hasher")
        self._max_waiting = max_waiting
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The text to store."""
        return await self._run(lambda: self._hasher.hash(password_form(password)))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password; for nobody's, the same work is done by hashing it."""
        return await self._run(lambda: any(self._verify(form, password_hash) for form in _forms(password)))

    async def renewed(self, password: str, password_hash: str) -> str | None:
        """Made anew if it is of another profile, or of the form of the password that counted in earlier releases."""
        form, *earlier = _forms(password)
        is_outdated = self._hasher.check_needs_rehash(password_hash)
        if not is_outdated and earlier:
            is_outdated = not await self._run(lambda: self._verify(form, password_hash))
        return await self.hash(password) if is_outdated else None

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, form: str, password_hash: str | None) -> bool:
        try:
            if password_hash is not None:
                return self._hasher.verify(password_hash, form)
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError):  # it was damaged, which must not be told by the time
            pass
        self._hasher.hash(form)
        return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= AT_ONCE + self._max_waiting:
            raise TooManyCalls("too many logins at once; try again soon", retry_after=RETRY_AFTER)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _forms(password: str) -> list[str]:
    """Today's, and that of earlier releases if it is another one."""
    return list(dict.fromkeys((password_form(password), earlier_password_form(password))))
