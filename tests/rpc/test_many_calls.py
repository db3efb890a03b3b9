"""A client that has more to ask at once than a connection takes."""

import asyncio
import dataclasses
from collections import Counter
from pathlib import Path

from emo_grpc.client import EmoClient
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS
from rpc.vault import PASSWORD, open_vault

FEW_STREAMS = dataclasses.replace(DEFAULT_LIMITS, streams=80)
CALLS = 400
NOBODYS = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"


async def test_many_calls_at_once_wait_for_their_turn(tmp_path: Path) -> None:
    """None is refused for those before it, also of those that nobody sends again."""
    async with open_vault(tmp_path, FEW_STREAMS) as vault, EmoClient.connect(vault.address) as client:
        await vault.person("alice")
        await client.login("alice", PASSWORD)
        calls = (client.users.revoke_session(NOBODYS) for _ in range(CALLS))
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert Counter(getattr(each, "reason", repr(each)) for each in ended) == {"SESSION_NOT_FOUND": CALLS}
