"""`kill -9` in the middle of what SQLite and a folder are worked on with nobody waiting: a migration, deliveries."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from emo.assets.v1 import assets_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.assets.adapters.documents.upcasters import ASSET_VERSION
from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.commands import CreateAsset
from emo_grpc.assets.domain.file import File
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.adapters.documents.upcasters import USER_VERSION
from rpc.vault import PASSWORD, Person, Vault, open_vault
from stored import stored
from survival.doomed_emo import BATCH, RENAMED
from survival.scale import SCALE
from waiting import wait_until

DOOMED = Path(__file__).with_name("doomed_emo.py")
VERSIONS = {"assets": ASSET_VERSION, "users": USER_VERSION}
ASSETS = 2 * BATCH + 5
LEASE_SECONDS = 30
SEEDS = range(4) if SCALE.is_long else (1,)


def doomed(folder: Path, step: int, *arguments: str, ahead: float = 0) -> "subprocess.Popen[bytes]":
    """Start `emo` on a data folder, to die at a step."""
    return subprocess.Popen(
        [sys.executable, DOOMED, str(step), str(ahead), *arguments],
        env={**os.environ, "DATA_FOLDER": str(folder), "EMO_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "error"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: "subprocess.Popen[bytes]", is_enough: Callable[[], bool] = lambda: False) -> int:
    """Wait until it dies, or kill it when there was enough; gives its exit code."""

    def has_ended() -> bool:
        if is_enough():
            process.kill()
        return process.poll() is not None

    wait_until(has_ended)
    process.communicate()
    return process.returncode


def documents(folder: Path, table: str) -> list[tuple[int, dict[str, object]]]:
    """(version, document) of each row, as they are stored."""
    with stored(folder) as connection:
        rows: list[tuple[int, str]] = connection.execute(
            f"SELECT version, document FROM {table} ORDER BY 1, 2"
        ).fetchall()
    return [(version, json.loads(text)) for version, text in rows]


def make_old(folder: Path, table: str) -> None:
    """Have all documents of a table as the past version has them."""
    old, new = RENAMED[table]
    with stored(folder) as connection:
        connection.execute(
            f"UPDATE {table} SET document = json_set(json_remove(document, '$.{new}'), '$.schema_version', ?,"
            f" '$.{old}', json_extract(document, '$.{new}'))",
            (VERSIONS[table] - 1,),
        )


def outdated(folder: Path) -> int:
    found = [document for table in VERSIONS for _, document in documents(folder, table)]
    return sum(bool(document.keys() & {"about", "nick"}) for document in found)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_migration_goes_on_after_each_kill(seed: int, tmp_path: Path) -> None:
    """Killed at any step and begun again, it brings each document up to date, once, and loses none."""
    random = Random(seed)
    async with open_vault(tmp_path) as vault:
        ann = UserId.parse((await vault.person("ann")).user_id, "user_id")
        for number in range(ASSETS):
            description = Description(title=f"{number}", tags=("sea",))
            await vault.parts.assets.bus.handle(
                CreateAsset(owner_id=ann, description=description, file=File(name="a.jpg"))
            )
    before = {table: documents(tmp_path, table) for table in VERSIONS}
    for table in VERSIONS:
        make_old(tmp_path, table)
    left = [outdated(tmp_path)]
    while left[-1]:
        killed = ended(doomed(tmp_path, random.randint(1, 3 * BATCH), "admin", "migrate"))
        assert killed in {0, -signal.SIGKILL}
        left.append(outdated(tmp_path))
    assert left[1] > 0, "the first kill was not in the middle"
    for table, rows in before.items():
        assert documents(tmp_path, table) == [(version + 1, document) for version, document in rows]


def waiting(folder: Path) -> int:
    """How many events are not delivered yet."""
    with stored(folder) as connection:
        count: int = connection.execute("SELECT count(*) FROM outbox").fetchone()[0]
    return count


async def left_behind(vault: Vault) -> tuple[Person, str]:
    """Somebody with one file, beside whom others have deleted things and left."""
    ann, bob = await vault.person("ann"), await vault.person("bob")
    kept = await ann.stored(b"kept")
    for _ in range(4):
        await ann.call("PurgeAsset", pb.PurgeAssetRequest(asset_id=await ann.stored(b"deleted"), force=True))
        await bob.stored(b"of somebody who leaves")
    cancelled = await ann.paused(b"cancelled", 100)
    await ann.call("CancelUpload", pb.CancelUploadRequest(asset_id=cancelled))
    await bob.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=bob.metadata)
    return ann, kept


@pytest.mark.parametrize("seed", SEEDS)
async def test_deliveries_go_on_after_each_kill(seed: int, tmp_path: Path) -> None:
    """Killed at any step of its deliveries, the next server does what is left: no event is lost, no file stays."""
    random = Random(seed)
    async with open_vault(tmp_path) as vault:
        ann, kept = await left_behind(vault)
    left = [waiting(tmp_path)]
    while left[-1]:
        servers = len(left)
        # Each has a clock at which the lease of the one before it is over.
        server = doomed(tmp_path, random.randint(1, 30 * servers), "serve", ahead=servers * (LEASE_SECONDS + 1))
        ended(server, lambda: waiting(tmp_path) == 0)
        left.append(waiting(tmp_path))
    assert left[1] > 0, "the first kill was not in the middle"
    async with open_vault(tmp_path) as vault:
        again = Person(ann.user_id, ann.tokens, vault.channel(), vault.upload_channel())
        assert await again.download(kept) == b"kept"
        assert len(vault.blob_parts()) == 1
    assert list((tmp_path / "files" / "uploads").iterdir()) == []
    with stored(tmp_path) as connection:
        owners = connection.execute("SELECT count(*) FROM assets").fetchone()
    assert owners == (2,)
