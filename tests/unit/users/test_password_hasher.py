"""Argon2id on threads."""

import asyncio
from collections.abc import Iterator

import pytest

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


async def test_full_cost_by_default() -> None:
    """Without a profile the cost is that of RFC 9106's second recommendation, and cheaper hashes are outdated."""
    hasher, cheap = Argon2PasswordHasher(), Argon2PasswordHasher(CHEAP)
    assert hasher.is_outdated(await cheap.hash("pass phrase"))
    stored = await hasher.hash("pass phrase")
    assert "$m=65536,t=3,p=4$" in stored
    assert not hasher.is_outdated(stored)
    hasher.close()
    cheap.close()


async def test_a_storm_is_turned_away(hasher: Argon2PasswordHasher) -> None:
    """Beyond what may wait, more is refused with a hint when to come back; what waits is served."""
    results = await asyncio.gather(*(hasher.hash("pass phrase") for _ in range(20)), return_exceptions=True)
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
