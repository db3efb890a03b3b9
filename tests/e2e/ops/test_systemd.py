"""The units in ops/systemd, by what systemd itself says of them, and by what the server asks of the kernel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from e2e.emo_process import EmoProcess
from e2e.server_process import COMMAND, ServerProcess
from emo_grpc.settings import Settings
from emo_grpc.settings.names import GivenNames, unknown_names
from waiting import PATIENCE_SECONDS

FOLDER = Path(__file__).parents[3] / "ops" / "systemd"
UNITS = sorted(FOLDER.iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
MOST_EXPOSED = 1.4
"""Of 10, as `systemd-analyze security` counts: most of what is left is the network."""
INSTALLED = "/opt/emo/bin/emo"
SCORE = re.compile(r"Overall exposure level for \S+: (\d+\.\d)")
GROUP = re.compile(r"^(@[\w-]+)\n +#.*\n((?: +.*\n)*)", re.MULTILINE)
AS_ROOT = {"fchown"}
"""SQLite gives files to the owner of the database if it is root (robustFchown), which the service is not."""
CALL = re.compile(r"^\d+ +(\w+)\(", re.MULTILINE)


def require(name: str) -> None:
    """Skip where it is not installed; fail in CI, which installs it."""
    if shutil.which(name) is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{name} is not installed")


def analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """What systemd-analyze prints. It ends well over lines that it does not know: these are on standard error."""
    require("systemd-analyze")
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def values_of(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)


def test_the_units_are_sound(tmp_path: Path) -> None:
    """systemd knows each of their lines; here with the command where it is installed."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, COMMAND))
    assert analyze("verify", *sorted(tmp_path.iterdir())).stderr == ""


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_how_exposed_a_service_is(unit: Path) -> None:
    """No more than it was."""
    found = SCORE.search(analyze("security", "--offline=true", "--no-pager", unit).stdout)
    assert found
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_what_a_service_runs(unit: Path) -> None:
    """A command that there is, with options that it has, and variables that stop no start."""
    (line,) = values_of(unit, "ExecStart")
    words = line.split()
    assert words[0] == INSTALLED
    command = [word for word in words[1:] if word.isalpha()]
    told = subprocess.run([COMMAND, *command, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert all(word in told for word in words if word.startswith("--"))
    variables = frozenset(value.split("=")[0] for value in values_of(unit, "Environment"))
    known = frozenset(name.upper() for name in Settings.model_fields)
    assert unknown_names(GivenNames(variables, frozenset()), known) == []


def allowed_calls() -> frozenset[str]:
    """The system calls that the units allow, by their names."""
    listed = analyze("syscall-filter", "--no-pager").stdout
    groups = {group: members.split() for group, members in GROUP.findall(listed)}

    def members(name: str) -> Iterator[str]:
        for each in groups.get(name, ()):
            if each.startswith("@"):
                yield from members(each)
            else:
                yield each

    allowed: set[str] = set()
    (filters,) = {tuple(values_of(unit, "SystemCallFilter")) for unit in SERVICES}
    for line in filters:
        named = {call for group in line.removeprefix("~").split() for call in members(group)}
        allowed = allowed - named if line.startswith("~") else allowed | named
    return frozenset(allowed)


def test_what_they_ask_of_the_kernel(tmp_path: Path, emo: EmoProcess) -> None:
    """Nothing that the units forbid: neither the server, from its start over an upload to its end, nor a backup."""
    require("strace")
    allowed = allowed_calls()
    assert "fsync" in allowed
    assert "chown" not in allowed
    served, backed_up = tmp_path / "served", tmp_path / "backed-up"
    server = ServerProcess(tmp_path / "server", {"EMO_OPS_LISTEN": "127.0.0.1:0"}, command=traced(served))
    server.start()
    try:
        emo.run("--server", server.address, "register", "ann", "--email", "ann@example.com")
        emo.run("login", "ann")
        (emo.folder / "letter.txt").write_text("Dear Ann")
        asset_id = emo.output("upload", "letter.txt").split("\t")[0]
        emo.run("download", asset_id, "-o", "copy.txt")
        backup = EmoProcess(server.folder, command=traced(backed_up))
        backup.run("admin", "backup", "--to", str(tmp_path / "backup"), "--keep", "14", "--verify")
        assert server.process is not None
        psutil.Process(server.process.pid).children()[0].terminate()
        assert server.process.wait(PATIENCE_SECONDS) == 0
    finally:
        server.kill()
    for trace in (served, backed_up):
        assert set(CALL.findall(trace.read_text())) - allowed <= AS_ROOT


def traced(trace: Path) -> tuple[str, ...]:
    """What stands for `emo`, and writes each system call into this file."""
    return ("strace", "--follow-forks", "--quiet=all", f"--output={trace}", COMMAND)
