"""Argon2id on threads."""

import asyncio
import threading
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from emo_grpc.shared.domain.call_errors import TooManyCalls
from emo_grpc.users.adapters.crypto.argon2_password_hasher import AT_ONCE, Argon2PasswordHasher

from .world import CHEAP


@pytest.fixture
def hasher() -> Iterator[Argon2PasswordHasher]:
    made = Argon2PasswordHasher(CHEAP, max_waiting=4)
    yield made
    made.close()


async def test_verifies(hasher: Argon2PasswordHasher) -> None:
    """The right password is right, another is not, and nobody's is never right."""
    stored = await hasher.hash("pass phrase")
    assert await hasher.verify("pass phrase", stored)
    assert not await hasher.verify("Pass phrase", stored)
    assert not await hasher.verify("pass phrase", None)
    assert not await hasher.verify("pass phrase", "")
    assert not await hasher.verify("pass phrase", stored[:-4])


async def test_salts(hasher: Argon2PasswordHasher) -> None:
    """The same password never has the same hash twice."""
    assert await hasher.hash("pass phrase") != await hasher.hash("pass phrase")


async def test_keyboards_agree(hasher: Argon2PasswordHasher) -> None:
    """A letter typed as one code point or as two is the same password."""
    assert await hasher.verify("caf\u00e9 cafe\u0301", await hasher.hash("cafe\u0301 caf\u00e9"))
    assert await hasher.verify("pass phrase \ufb01 \uff11", await hasher.hash("pass\u00a0phrase fi 1"))


async def test_hashes_of_earlier_releases(hasher: Argon2PasswordHasher) -> None:
    """They kept letters that only look different apart: such a hash still verifies, and is renewed in today's form."""
    password, stored = "\ufb01ne words", PasswordHasher.from_parameters(CHEAP).hash("\ufb01ne words")
    assert await hasher.verify(password, stored)
    assert not await hasher.verify("\ufb02ne words", stored)
    renewed = await hasher.renewed(password, stored)
    assert renewed is not None
    assert await hasher.verify("fine words", renewed)
    assert await hasher.renewed(password, renewed) is None


@pytest.mark.parametrize("password", ["pass phrase", "\ufb01ne words"])
async def test_nobody_takes_as_long(hasher: Argon2PasswordHasher, password: str) -> None:
    """An unknown account, a damaged hash and a wrong password cost the same work, whatever is typed."""
    stored = await hasher.hash("another one")
    costs = []
    for known in (stored, None, "", stored[:-4]):
        work = Counting(hasher._hasher)
        with patch.object(hasher, "_hasher", work):
            assert not await hasher.verify(password, known)
        costs.append(work.done)
    assert len(set(costs)) == 1


class Counting:
    """Counts how many times Argon2 ran to its end; with what is no hash it does not begin."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self.done = 0

    def hash(self, password: str) -> str:
        self.done += 1
        return self._hasher.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            self.done += 1
            raise


async def test_full_cost_by_default() -> None:
    """Without a profile the cost is that of RFC 9106's second recommendation, and cheaper hashes are outdated."""
    hasher, cheap = Argon2PasswordHasher(), Argon2PasswordHasher(CHEAP)
    stored = await hasher.renewed("pass phrase", await cheap.hash("pass phrase"))
    assert stored is not None
    assert "$m=65536,t=3,p=4$" in stored
    assert await hasher.renewed("pass phrase", stored) is None
    hasher.close()
    cheap.close()


async def test_a_storm_is_turned_away(hasher: Argon2PasswordHasher) -> None:
    """Beyond what may wait, more is refused with a hint when to come back; what waits is served."""
    may_hash, hash_now = threading.Event(), PasswordHasher.hash
    with patch.object(PasswordHasher, "hash", lambda *asked: may_hash.wait() and hash_now(*asked)):
        calls = [asyncio.create_task(hasher.hash("pass phrase")) for _ in range(20)]
        await asyncio.sleep(0)  # all have asked; from Python 3.12 on, what a thread has done by now leaves at once
        may_hash.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, TooManyCalls)]
    assert len(refused) == 20 - AT_ONCE - 4
    assert all(error.retry_after for error in refused)
    assert await hasher.hash("pass phrase")


async def test_a_cancelled_call_gives_its_place_back(hasher: Argon2PasswordHasher) -> None:
    """Clients that go away while they wait leave no trace."""
    for _ in range(5):
        tasks = [asyncio.create_task(hasher.hash("pass phrase")) for _ in range(6)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await hasher.hash("pass phrase")
