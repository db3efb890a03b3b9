"""The installed command against the real server."""

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess
from unit.client.fake_server import World, running
from waiting import until, wait_until

MIB = 1024 * 1024


def same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def test_a_server_says_what_it_is(emo: EmoProcess, server: ServerProcess) -> None:
    """Before anybody logs in, in lines and in JSON, in one order, for the server that is named after it or before."""
    told = json.loads(emo.output("version", "--server", server.address, "--json"))
    assert told["limits"]["assets"]["max_title_characters"] == 200
    assert "emo.server.v1" in told["packages"]
    lines = dict(
        line.split("\t") for line in emo.output("--server", server.address, "version", "--server").splitlines()
    )
    assert lines["server"] == told["version"]
    assert lines["transfers.max_chunk_bytes"] == str(told["limits"]["transfers"]["max_chunk_bytes"])
    assert lines["features"] == "password_login"
    pages = [name for name in lines if name.startswith("pages.")]
    assert pages == sorted(pages)
    assert list(told["limits"]["pages"]) == sorted(told["limits"]["pages"])


def test_the_tour_of_a_new_user(ann: EmoProcess) -> None:
    """Upload, list, show, change, download whole and in part, destroy."""
    path = ann.folder / "beach day.txt"
    path.write_bytes(os.urandom(3 * MIB + 7))
    asset_id = ann.output("upload", "beach day.txt", "--tag", "sea").split("\t")[0]
    (listed,) = json.loads(ann.output("ls", "--json", "--tag", "sea"))
    assert (listed["asset_id"], listed["title"], listed["state"]) == (asset_id, "beach day", "ASSET_STATE_READY")
    ann.run("edit", asset_id, "--title", "Our day", "--bookmarked", "--add-tag", "sun")
    shown = json.loads(ann.output("show", asset_id, "--json"))
    assert (shown["title"], shown["tags"], shown["bookmarked"]) == ("Our day", ["sea", "sun"], True)
    ann.run("download", asset_id, "-o", "copy.txt")
    assert same(path, ann.folder / "copy.txt")
    part = ann.run("download", asset_id, "-o", "-", "--offset", str(MIB), "--length", "100").stdout
    assert part == path.read_bytes()[MIB : MIB + 100]
    assert json.loads(ann.output("stats", "--json"))["total_count"] == 1
    ann.run("rm", "--yes", "--purge", asset_id)
    ann.run("show", asset_id, code=4)
    assert ann.output("ls") == ""
    ann.run("logout")
    ann.run("ls", code=3)


def test_a_login_outlives_the_server_and_several_commands_at_once(ann: EmoProcess, server: ServerProcess) -> None:
    """Commands at the same time, after a restart, all succeed."""
    assert server.stop() == 0
    server.start()
    running = [ann.start("me") for _ in range(3)]
    for each in running:
        each.communicate(timeout=60)
    assert [each.returncode for each in running] == [0, 0, 0]


def test_standard_input_through_a_pipe(ann: EmoProcess) -> None:
    """All of it comes back; Ctrl-C ends also an upload whose pipe has fallen silent, and says what is left."""
    data = os.urandom(20 * MIB + 7)
    asset_id = ann.run("upload", "-", "--name", "dump.bin", stdin=data).stdout.decode().split("\t")[0]
    for output in ("-", "/dev/stdout"):
        assert ann.run("download", asset_id, "-o", output).stdout == data
    silent = ann.start("upload", "-", stdin=subprocess.PIPE)
    wait_until(lambda: len(ann.output("ls").splitlines()) == 2, 60)
    silent.send_signal(signal.SIGINT)
    complaint = silent.stderr.read().decode() if silent.stderr else ""  # while its standard input is open
    assert silent.wait(60) == 130
    silent.communicate()
    assert complaint.startswith("emo: interrupted; this upload can't be gone on with; ")


async def test_a_server_that_goes_away_is_told_by_the_command_alone(emo: EmoProcess) -> None:
    """Not also by gRPC, in words of its own."""
    world = World(users={"ann": emo.password}, silent_streams=1)
    (emo.folder / "a").write_bytes(b"a")
    async with running(world) as address:
        await asyncio.to_thread(emo.run, "login", "ann", "--server", address)
        upload = emo.start("upload", "a")
        await until(lambda: "UploadAsset" in world.calls)
    assert upload.stderr
    first = await asyncio.to_thread(upload.stderr.readline)
    upload.send_signal(signal.SIGINT)
    rest = await asyncio.to_thread(upload.communicate)
    assert first == f"emo: no answer from the server at {address}; still trying, for up to a minute\n".encode()
    assert rest == (b"", b"emo: interrupted; run the same command again to go on\n")


def test_an_administrator_is_made_beside_a_running_server(emo: EmoProcess, server: ServerProcess) -> None:
    """`emo admin` acts on the same data, and the new account can log in at once."""
    made = subprocess.run(
        [COMMAND, "admin", "create-user", "root", "root@example.com", "--role", "admin"],
        env={**os.environ, "DATA_FOLDER": str(server.folder / "data"), "EMO_PASSWORD": emo.password},
        cwd=server.folder,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode()
    emo.run("login", "root", "--server", server.address)
    assert json.loads(emo.output("me", "--json"))["roles"] == ["ROLE_ADMIN"]
