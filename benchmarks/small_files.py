"""A folder of small files, sent by the command, against a copy of it on the same disk."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.client import load
from benchmarks.load import PASSWORD
from benchmarks.result import Result, at_most
from benchmarks.servers import ServerProcess, emo_server

SIZE: Final = 10 * 1024
IN_ONE_FOLDER: Final = 100
LIMIT: Final = 3.0


def measure(folder: Path, files: int, rounds: int) -> list[Result]:
    """Seconds of `emo upload -r`, and of `cp -r` and one fsync a file, in turns."""
    source = folder / "photos"
    _make(source, files)
    mine, theirs = [], []
    with emo_server(folder / "small-files") as server:
        for number in range(rounds):
            theirs.append(_copied(source, folder / f"copy-{number}"))
            mine.append(_uploaded(source, server, folder / f"config-{number}", files))
    name = f"{files:,} files of 10 KiB, by `emo upload -r`"
    return [at_most("Folder", name, "s", mine, theirs, "cp -r, and one fsync a file", LIMIT)]


def _make(source: Path, files: int) -> None:
    for number in range(files):
        path = source / f"{number // IN_ONE_FOLDER:03}" / f"IMG_{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SIZE))


def _copied(source: Path, target: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    for path in target.rglob("*.jpg"):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    seconds = time.perf_counter() - begin
    shutil.rmtree(target)
    return seconds


def _uploaded(source: Path, server: ServerProcess, config: Path, files: int) -> float:
    user = load("login", target=server.target)
    environment = os.environ | {"EMO_CONFIG_DIR": str(config), "EMO_PASSWORD": PASSWORD, "EMO_SERVER": server.target}
    command = [sys.executable, "-m", "emo_grpc"]
    subprocess.run([*command, "login", user["username"]], env=environment, check=True, capture_output=True)
    begin = time.perf_counter()
    done = subprocess.run(
        [*command, "upload", "-r", "--json", str(source)], env=environment, check=True, capture_output=True
    )
    seconds = time.perf_counter() - begin
    sent = [each for each in json.loads(done.stdout) if each["outcome"] == "new"]
    if len(sent) != files:
        raise RuntimeError(f"only {len(sent)} of {files} files were sent")
    return seconds
