"""Key-encryption keys that are replaced."""

import base64
from pathlib import Path

from pydantic import SecretStr

from emo_grpc.assets.domain.commands import RewrapKeys
from rpc.vault import PART, Person, Vault, failure, open_vault, some_bytes

OLD, NEW = (SecretStr(base64.b64encode(letter * 32).decode()) for letter in (b"o", b"n"))


async def _rewrap(vault: Vault) -> int:
    total = 0
    while done := await vault.parts.assets.bus.handle(RewrapKeys()):
        total += done
    return total


async def test_a_key_is_replaced(tmp_path: Path) -> None:
    """With the old key retired everything stays readable; once all is rewrapped the old key is needed no more."""
    data = some_bytes(PART + 5)
    async with open_vault(tmp_path, data_key_encryption_key=OLD) as vault:
        alice = await vault.person("alice")
        ready, begun = await alice.stored(data), await alice.paused(data[:PART], len(data))
    async with open_vault(tmp_path, data_key_encryption_key=NEW) as vault:
        alice = await _back(vault, alice)
        assert (await failure(alice.download(ready))).brief == "DATA_LOSS STORED_FILE_CORRUPT"
    async with open_vault(tmp_path, data_key_encryption_key=NEW, data_key_encryption_keys_retired=(OLD,)) as vault:
        alice = await _back(vault, alice)
        before = {path: path.read_bytes() for path in vault.stored_files()}
        assert await alice.download(ready) == data
        assert (await _rewrap(vault), await _rewrap(vault)) == (2, 0)
        assert {path: path.read_bytes() for path in vault.stored_files()} == before
    async with open_vault(tmp_path, data_key_encryption_key=NEW) as vault:
        alice = await _back(vault, alice)
        assert await alice.download(ready) == data
        await alice.upload(begun, data[PART:], PART)
        assert await alice.download(begun) == data


async def _back(vault: Vault, person: Person) -> Person:
    return await vault.logged_in("alice", person.user_id)
