"""Uploads and downloads by a client in C: what a GiB costs the server, in turns with bare ones."""

from pathlib import Path

from benchmarks.cost.disk import seconds_to_write
from benchmarks.cost.files import new_files
from benchmarks.cost.messages import Messages
from benchmarks.cost.sample import Sample, watched
from benchmarks.native_client import NativeClient
from benchmarks.servers import ServerProcess, bare_server, emo_server, raw_server

GIB = 1 << 30
MANY = 64
SIZE_OF_MANY = 32 << 20
NOBODY = "0" * 36


Round = dict[str, Sample]
"""One turn of all. Those that end in "up" and "down" are of 1 GiB, "memory many" is 64 times 32 MiB at once."""


class Transfers:
    """Makes them; `memory` is a folder in memory, `disk` one on the disk."""

    def __init__(self, memory: Path, disk: Path) -> None:
        self._memory = memory
        self._disk = disk
        self._client = NativeClient.built_in(memory)
        self._messages = Messages(memory)

    def rounds(self, count: int) -> list[Round]:
        """So many, one after the other."""
        with (
            bare_server(keeps_memory=True) as settled,
            raw_server() as raw,
            emo_server(self._memory / "emo") as in_memory,
            emo_server(self._disk / "cost") as on_disk,
        ):
            return [self._round(settled, raw, in_memory, on_disk) for _ in range(count)]

    def _round(
        self, settled: ServerProcess, raw: ServerProcess, in_memory: ServerProcess, on_disk: ServerProcess
    ) -> Round:
        # What glibc has learnt makes a bare server cheaper from then on, or not: so each is one that has just started.
        with bare_server() as bare:
            done = {"bare up": self._up(bare, [NOBODY])}
        with bare_server() as bare:
            done["bare down"] = self._down(bare, NOBODY)
        done["settled up"], done["settled down"] = self._up(settled, [NOBODY]), self._down(settled, NOBODY)
        done["memory up"], done["memory down"] = self._there_and_back(in_memory)
        done["memory many"] = self._many(in_memory)
        done["raw down"] = self._down(raw, NOBODY)
        done["disk itself"] = Sample(seconds_to_write(self._disk, GIB))
        done["disk up"], done["disk down"] = self._there_and_back(on_disk)
        return done

    def _there_and_back(self, emo: ServerProcess) -> tuple[Sample, Sample]:
        with new_files(emo, GIB) as files:
            return self._up(emo, files.asset_ids, files.token), self._down(emo, files.asset_ids[0], files.token)

    def _many(self, emo: ServerProcess) -> Sample:
        with new_files(emo, SIZE_OF_MANY, MANY) as files:
            return self._up(emo, files.asset_ids, files.token, SIZE_OF_MANY)

    def _up(self, server: ServerProcess, asset_ids: list[str], token: str = "", size: int = GIB) -> Sample:
        calls = self._messages.uploads(asset_ids, size, connections=len(asset_ids))
        return watched(self._client, server, token, calls)

    def _down(self, server: ServerProcess, asset_id: str, token: str = "") -> Sample:
        return watched(self._client, server, token, self._messages.download(asset_id, GIB), least=GIB)
