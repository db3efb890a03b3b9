"""The programs in examples/, against a real server over a line that breaks."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from e2e.examples.languages import EXAMPLES, LANGUAGES, PATIENCE_SECONDS, Programs
from emo.assets.v1 import assets_pb2 as pb
from emo.assets.v1.assets_pb2_grpc import AssetsServiceStub
from emo_grpc.testing import EphemeralServer, LoggedInUser
from emo_grpc.testing.fixtures import emo_server, emo_user
from fault_proxy import Fault, FaultProxy, fault_proxy
from waiting import wait_until

__all__ = ["emo_server", "emo_user"]  # fixtures

MIB = 1 << 20
PART = 8 * MIB
SIZE = 3 * PART
"""Each part is safe when it is complete."""
KILLED_AT = 10 * MIB
CUT_AT = 6 * MIB
MOST_SENT = SIZE + CUT_AT + 5 * MIB
"""Far less than all that a program sends that begins anew after it was killed, or after it was cut off."""


@dataclass(frozen=True)
class Somebody:
    """Who runs a program, and over which proxy."""

    user: LoggedInUser
    proxy: FaultProxy
    folder: Path
    assets: Any

    def persisted(self) -> int:
        """The bytes that are safe of the file that is on its way."""
        metadata = self.user.metadata
        for asset in self.assets.ListAssets(pb.ListAssetsRequest(), metadata=metadata).assets:
            request = pb.GetUploadStatusRequest(asset_id=asset.asset_id)
            return int(self.assets.GetUploadStatus(request, metadata=metadata).persisted_size)
        return 0

    def run(self, *command: str, code: int = 0) -> str:
        """Run it to its end; asserts its exit code. What it prints."""
        with self.started(*command) as process:
            output, complaints = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == code, complaints
        return (output or complaints).strip()

    @contextmanager
    def started(self, *command: str) -> Iterator["subprocess.Popen[str]"]:
        own = {"EMO_USERNAME": self.user.username, "EMO_PASSWORD": self.user.password, "LANG": "es_ES.UTF-8"}
        address = {"EMO_SERVER": self.proxy.url.removeprefix("http://")}
        with subprocess.Popen(
            command,
            env={**os.environ, **own, **address},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture
def somebody(emo_server: EphemeralServer, emo_user: LoggedInUser, tmp_path: Path) -> Iterator[Somebody]:
    with fault_proxy(f"http://{emo_server.address}") as proxy:
        stub = AssetsServiceStub(emo_server.channel)  # type: ignore[arg-type]  # generated types know only asyncio
        yield Somebody(emo_user, proxy, tmp_path, stub)


def go_on_up(somebody: Somebody, programs: Programs, file: Path) -> str:
    """Kill it in the middle, cut its connection the next time, and let it go on; gives the asset's id."""
    proxy = somebody.proxy
    proxy.inject(Fault(after_sent=KILLED_AT, stalls=True))
    with somebody.started(*programs.up, str(file)):
        wait_until(lambda: somebody.persisted() >= PART, PATIENCE_SECONDS)
    proxy.inject(Fault(after_sent=CUT_AT))
    asset_id = somebody.run(*programs.up, str(file))
    assert (proxy.hits, proxy.sent < MOST_SENT) == (2, True)
    return asset_id


def go_on_down(somebody: Somebody, programs: Programs, asset_id: str) -> bytes:
    """The same with a download; gives what it has received."""
    proxy = somebody.proxy
    proxy.hits = proxy.received = 0
    proxy.inject(Fault(after_received=KILLED_AT, stalls=True))
    with somebody.started(*programs.down, asset_id, "copy.bin"):
        part = somebody.folder / f"copy.bin.{asset_id}.part"
        wait_until(lambda: part.exists() and part.stat().st_size > PART, PATIENCE_SECONDS)
    assert not (somebody.folder / "copy.bin").exists()
    proxy.inject(Fault(after_received=CUT_AT))
    somebody.run(*programs.down, asset_id, "copy.bin")
    assert (proxy.hits, proxy.received < MOST_SENT) == (2, True)
    return (somebody.folder / "copy.bin").read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_transfers_go_on_where_they_were_broken_off(language: str, somebody: Somebody, tmp_path: Path) -> None:
    """After they were killed, and by themselves when the line breaks; there is one asset. Failures say why."""
    programs = LANGUAGES[language](tmp_path / "built")
    file = tmp_path / "holiday.bin"
    file.write_bytes(Random(len(language)).randbytes(SIZE))
    assert ", with EMO_USERNAME and EMO_PASSWORD set" in somebody.run(*programs.up, code=2)
    assert "no such file" in somebody.run(*programs.up, "nowhere.bin", code=1)
    asset_id = go_on_up(somebody, programs, file)
    assert somebody.run(*programs.up, str(file)) == asset_id
    async with somebody.user.client() as client:
        assert [asset.asset_id async for asset in client.assets.list_all_pages()] == [asset_id]
    assert go_on_down(somebody, programs, asset_id) == file.read_bytes()
    refused = somebody.run(*programs.down, str(uuid4()), "none.bin", code=1)
    assert refused == "ASSET_NOT_FOUND: No existe ese recuerdo."
    assert list(tmp_path.glob("none.bin*")) == []


def test_every_file_is_short() -> None:
    """As the page says: each can be read at a sitting."""
    sources = [path for path in EXAMPLES.glob("*/*.*") if path.suffix in (".mjs", ".go", ".java")]
    assert len(sources) == 10
    assert [path.name for path in sources if len(path.read_text().splitlines()) >= 150] == []


def test_the_lock_file_names_no_registry() -> None:
    """So that packages come from where the machine takes them."""
    packages = json.loads((EXAMPLES / "node" / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package and "resolved" not in package for name, package in packages.items() if name)
