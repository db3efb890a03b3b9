"""Builds sdist and wheel into dist/, and proves them: the same bytes each time, sound, and good for a whole round."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
BIN = Path(sys.executable).parent
LISTENING = re.compile(r'"address":"(127\.0\.0\.1:\d+)"')
LETTER = b"Dear Ann, \0\xff\n" * 100_000


def main() -> int:
    """Do all of it; what fails ends it with a traceback or with what a tool says."""
    with tempfile.TemporaryDirectory() as folder:
        first = build(ROOT, Path(folder) / "first")
        require_known(first)
        require_same(first, build(ROOT, Path(folder) / "second"))
        # Whoever builds from the sdist gets the same wheel.
        require_same(first, build(unpacked(first, Path(folder)), Path(folder) / "third"))
        run(BIN / "twine", "check", "--strict", *sorted(first.iterdir()))
        round_trip(next(first.glob("*.whl")), Path(folder))
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(first, DIST)
    for path in sorted(DIST.iterdir()):
        sys.stdout.write(f"dist/{path.name}: {path.stat().st_size} bytes, built thrice with the same bytes\n")
    return 0


def build(tree: Path, target: Path) -> Path:
    """Both, from a source tree, with all times those of the last commit; gives the folder that they are in."""
    run(sys.executable, "-m", "hatchling", "build", "-d", target, cwd=tree, env=environment(SOURCE_DATE_EPOCH=epoch()))
    return target


def epoch() -> str:
    """Of the last commit, unless the environment says another; hatchling's own where there is no git."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    found = subprocess.run(("git", "log", "-1", "--format=%ct"), cwd=ROOT, capture_output=True, text=True, check=False)
    return given or found.stdout.strip() or "1580601600"


def unpacked(built: Path, folder: Path) -> Path:
    """The source tree that is in the sdist."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "tree", filter="data")
    return folder / "tree" / sdist.name.removesuffix(".tar.gz")


def require_same(one: Path, other: Path) -> None:
    """Exit unless both folders have the same files with the same bytes."""
    names = sorted(path.name for path in one.iterdir())
    _, differ, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    if differ or missing:
        sys.exit(f"built twice, not the same: {differ or missing}")


def require_known(built: Path) -> None:
    """Exit if anything would be published that git does not know, such as a key that lies among the sources."""
    listed = subprocess.run(("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, text=True, check=False)
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    strays = names - {*listed.stdout.split("\0"), "PKG-INFO"}
    if strays and listed.returncode == 0:  # else there is no git
        sys.exit(f"not in git, and would be published: {', '.join(sorted(strays))}")


def round_trip(wheel: Path, folder: Path) -> None:
    """Install the wheel into a clean environment, and send a file to a server and back from there."""
    venv.create(folder / "clean", with_pip=True)
    python = folder / "clean" / "bin" / "python"
    versions = folder / "versions.txt"
    versions.write_text("\n".join(re.findall(r"^\S+==\S+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)))
    run(sys.executable, ROOT / "scripts" / "install.py", python, "--quiet", "-c", versions, f"{wheel}[server]")
    letter = folder / "letter.bin"
    letter.write_bytes(LETTER)
    emo = folder / "clean" / "bin" / "emo"
    log = folder / "server.log"
    settings = environment(EMO_LISTEN="127.0.0.1:0", LOG_FORMAT="json", PYTHONUNBUFFERED="1")
    serve = [emo, "serve", "--ephemeral"]
    with (
        log.open("w") as lines,
        subprocess.Popen(serve, cwd=folder, stdout=lines, stderr=lines, env=settings) as server,
    ):
        try:
            call = calling(emo, folder, address_of(server, log))
            call("register", "ann", "--email", "ann@example.com")
            call("login", "ann")
            asset_id = call("upload", str(letter)).split("\t")[0]
            call("download", asset_id, "-o", "copy.bin")
        finally:
            server.terminate()
    if (folder / "copy.bin").read_bytes() != LETTER:
        sys.exit("what came back is not what was sent")


def address_of(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where the server listens, as soon as it does."""
    while server.poll() is None:
        found = LISTENING.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    sys.exit(f"the server did not start:\n{log.read_text()}")


def calling(emo: Path, folder: Path, server: str) -> Callable[..., str]:
    """Runs the command against the server, and gives what it prints."""
    settings = environment(EMO_SERVER=server, EMO_CONFIG_DIR=str(folder / "config"), EMO_PASSWORD="correct horse")  # noqa: S106 - made up

    def call(*arguments: str) -> str:
        return run(emo, *arguments, cwd=folder, env=settings)

    return call


def environment(**more: str) -> dict[str, str]:
    """Ours, but for what would let the new environment find the modules of this one."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Run it, and give what it prints; exit with all it says if it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
