"""Clients and servers that die under the installed command."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess
from waiting import wait_until

MIB = 1024 * 1024
BIG = 192 * MIB


@pytest.fixture
def big(ann: EmoProcess) -> Path:
    """A file that takes a moment to upload, and differs everywhere."""
    path = ann.folder / "big.bin"
    seed = os.urandom(MIB)
    with path.open("wb") as stream:
        for number in range(BIG // MIB):
            stream.write(number.to_bytes(8, "big") + seed[8:])
    return path


def same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _received(ann: EmoProcess) -> int:
    files = ann.folder.parent / "server" / "data" / "files"
    return sum(size(path) for path in files.rglob("*") if path.is_file())


def size(path: Path) -> int:
    """Bytes of a file that may be renamed or removed at any moment."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def wait_for_bytes(ann: EmoProcess, process: "subprocess.Popen[bytes]", least: int) -> None:
    """Wait until the server has stored so many bytes of a running upload."""
    wait_until(lambda: _received(ann) >= least or process.poll() is not None)
    assert process.poll() is None, "the upload ended before it could be disturbed"


def test_an_upload_survives_the_death_of_the_server(ann: EmoProcess, server: ServerProcess, big: Path) -> None:
    """The server is killed in the middle and started again; the same command finishes by itself."""
    upload = ann.start("upload", "big.bin")
    wait_for_bytes(ann, upload, 24 * MIB)
    server.kill()
    assert upload.poll() is None
    server.start()
    output, complaints = upload.communicate(timeout=60)
    assert upload.returncode == 0, complaints.decode()
    asset_id = output.decode().split("\t")[0]
    ann.run("download", asset_id, "-o", "copy.bin")
    assert same(big, ann.folder / "copy.bin")


def test_an_upload_survives_the_death_of_the_client(ann: EmoProcess, big: Path) -> None:
    """Killed in the middle and run again, it goes on with the same asset, which was not to be downloaded meanwhile."""
    upload = ann.start("upload", "big.bin")
    wait_for_bytes(ann, upload, 24 * MIB)
    upload.kill()
    upload.communicate()
    (pending,) = json.loads(ann.output("ls", "--json", "--pending"))
    asset_id = pending["asset_id"]
    ann.run("download", asset_id, "-o", "copy.bin", code=5)
    assert ann.output("upload", "big.bin").startswith(f"{asset_id}\tbig.bin\tnew\t")
    ann.run("download", asset_id, "-o", "copy.bin")
    assert same(big, ann.folder / "copy.bin")
    assert ann.output("ls", "--json", "--pending") == "[]\n"


@pytest.mark.usefixtures("big")
def test_ctrl_c_says_how_to_go_on(ann: EmoProcess) -> None:
    """An upload that is interrupted ends with 130 and is finished by the same command."""
    upload = ann.start("upload", "big.bin")
    wait_for_bytes(ann, upload, 8 * MIB)
    upload.send_signal(signal.SIGINT)
    _, complaints = upload.communicate(timeout=30)
    assert (upload.returncode, complaints.decode()) == (130, "emo: interrupted; run the same command again to go on\n")
    ann.run("upload", "big.bin")


def test_a_download_goes_on_after_the_death_of_client_and_server(
    ann: EmoProcess, server: ServerProcess, big: Path
) -> None:
    """First the client is killed, then the server under the second try; the file is right in the end."""
    asset_id = ann.output("upload", "big.bin").split("\t")[0]
    for victim in ("client", "server"):
        before = _partial(ann)
        download = ann.start("download", asset_id, "-o", "copy.bin")
        wait_until(lambda: _partial(ann) >= before + 16 * MIB or download.poll() is not None)  # noqa: B023 - at once
        assert download.poll() is None, "the download ended before it could be disturbed"
        if victim == "client":
            download.kill()
            download.communicate()
            assert not (ann.folder / "copy.bin").exists()
        else:
            server.kill()
            server.start()
            _, complaints = download.communicate(timeout=60)
            assert download.returncode == 0, complaints.decode()
    assert same(big, ann.folder / "copy.bin")
    assert _partial(ann) == 0


def _partial(ann: EmoProcess) -> int:
    return sum(size(path) for path in ann.folder.glob("*.part"))
