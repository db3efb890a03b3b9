from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract_text import promised_reasons
from emo_grpc.shared.entrypoints import server
from emo_grpc.shared.entrypoints.call import Call
from emo_grpc.shared.entrypoints.errors.failures import AnsweredErrors
from emo_grpc.shared.entrypoints.messages import ClientTimeouts
from rpc.vault import Person, Vault, open_vault


@pytest.fixture(autouse=True)
def only_promised_reasons(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No call of an RPC fails with a reason that its comment in the contract does not name, nor that of its access."""
    seen: set[tuple[str, str]] = set()

    @asynccontextmanager
    async def watching(call: Call, timeouts: ClientTimeouts) -> AsyncIterator[None]:
        try:
            async with AnsweredErrors(call, timeouts):
                yield
        finally:
            if call.reason:
                seen.add((call.method.path, str(call.reason)))

    monkeypatch.setattr(server, "AnsweredErrors", watching)
    yield
    promised = promised_reasons()
    assert [(path, reason) for path, reason in sorted(seen) if reason not in promised.get(path, {reason})] == []


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    """The whole service on the embedded engines, behind a real port."""
    async with open_vault(tmp_path) as opened:
        yield opened


@pytest.fixture
async def alice(vault: Vault) -> Person:
    return await vault.person("alice")


@pytest.fixture
async def bob(vault: Vault) -> Person:
    return await vault.person("bob")
