"""Keys of an issuer that are remembered."""

import asyncio
import json
from datetime import timedelta

import pytest

from emo_grpc.users.adapters.issuers.key_cache import FRESH_SECONDS, KEPT_SECONDS, PAUSE_SECONDS, KeyCache, NoKeys
from emo_grpc.users.adapters.issuers.key_sources import SourceFailed
from hand_clock import HandClock
from identity_provider import IdentityProvider


class Source:
    """The provider's keys, without a network, on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.provider = IdentityProvider()
        self.questions = 0
        self.clock = HandClock()
        self.open = asyncio.Event()
        self.open.set()
        self.complaints: list[str] = []
        self.cache = KeyCache(self, self.complaints.append, self.clock)

    async def __call__(self) -> bytes:
        self.questions += 1
        await self.open.wait()
        if self.provider.is_down:
            raise SourceFailed("is away")
        return json.dumps(self.provider.jwks).encode()

    def wait(self, seconds: float) -> None:
        self.clock.pass_by(timedelta(seconds=seconds))

    async def knows(self, kid: str) -> bool:
        return await self.cache.key(kid) is not None


@pytest.fixture
async def source() -> Source:
    return Source()


async def test_keys_are_asked_for_once(source: Source) -> None:
    """Any number of tokens, at once and one after the other, take one question until the keys are old."""
    kid = source.provider.kid
    assert all(await asyncio.gather(*(source.knows(kid) for _ in range(100))))
    source.wait(FRESH_SECONDS - 1)
    assert await source.knows(kid)
    assert source.questions == 1
    source.wait(1)
    assert await source.knows(kid)
    assert source.questions == 2


async def test_a_key_that_was_taken_back_is_soon_good_no_more(source: Source) -> None:
    """When the keys are old they are asked for before one of them is taken."""
    kid = source.provider.kid
    assert await source.knows(kid)
    source.provider.rotate(forget=True)
    source.wait(FRESH_SECONDS)
    assert not await source.knows(kid)


async def test_a_new_key_is_asked_for(source: Source) -> None:
    """The issuer may sign with a key that it publishes only then."""
    assert await source.knows(source.provider.kid)
    source.wait(PAUSE_SECONDS)
    source.provider.rotate()
    assert await source.knows(source.provider.kid)


async def test_unknown_names_flood_no_issuer(source: Source) -> None:
    """However many names of keys somebody makes up, the issuer is asked once in ten seconds."""
    for _ in range(5):
        for number in range(50):
            assert source.questions == 0 or not await source.knows(f"made up {number}")
            await source.knows(source.provider.kid)
        source.wait(PAUSE_SECONDS)
    assert source.questions <= 5


async def test_an_outage_is_outlived(source: Source) -> None:
    """Known keys are good for a day while the issuer can't be asked, and nobody waits for it more than once a pause."""
    kid = source.provider.kid
    assert await source.knows(kid)
    source.provider.is_down = True
    source.wait(FRESH_SECONDS)
    for _ in range(10):
        assert await source.knows(kid)
    assert (source.questions, source.complaints) == (2, ["is away"])
    source.wait(KEPT_SECONDS - FRESH_SECONDS - 1)
    assert await source.knows(kid)
    source.wait(1)
    with pytest.raises(NoKeys):
        await source.knows(kid)


async def test_without_any_key_it_is_not_the_token_that_is_wrong(source: Source) -> None:
    """An issuer that can't be asked at first is asked again, and then its tokens are good."""
    source.provider.is_down = True
    with pytest.raises(NoKeys):
        await source.knows(source.provider.kid)
    source.provider.is_down = False
    with pytest.raises(NoKeys):
        await source.knows(source.provider.kid)
    source.wait(PAUSE_SECONDS)
    assert await source.knows(source.provider.kid)


async def test_who_goes_away_takes_no_answer_along(source: Source) -> None:
    """A call that is cancelled while the issuer is asked leaves the question to those who come after it."""
    source.open.clear()
    first = asyncio.create_task(source.knows(source.provider.kid))
    await asyncio.sleep(0)
    second = asyncio.create_task(source.knows(source.provider.kid))
    await asyncio.sleep(0)
    first.cancel()
    source.open.set()
    assert await second
    assert source.questions == 1
    assert first.cancelled()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": 1}', b"[" * 100_000, b"\xff"])
async def test_nonsense_is_an_outage(source: Source, content: bytes) -> None:
    """What is no set of keys replaces none that are known, and is reported."""
    kid = source.provider.kid
    assert await source.knows(kid)

    async def nonsense() -> bytes:
        return content

    source.cache._source = nonsense
    source.wait(FRESH_SECONDS)
    assert await source.knows(kid)
    assert len(source.complaints) == 1


async def test_a_clock_that_is_set_back(source: Source) -> None:
    """Keys are asked for again, and unknown ones as well: nothing waits for the clock to catch up."""
    assert await source.knows(source.provider.kid)
    source.wait(-FRESH_SECONDS)
    source.provider.rotate()
    assert await source.knows(source.provider.kid)
    assert source.questions == 2
