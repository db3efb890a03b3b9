"""Builds the image of Containerfile without a registry, and runs it as it is meant to be run. Root on Debian.

The base is made by mmdebstrap in place of the one that is pulled, and buildah builds on it. What runs has a network of
its own with nothing in it but itself, is nobody in particular, and may write to /var/lib/emo and /tmp only.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "ip": "iproute2"}
"""By the commands in them."""
SUITE = "bookworm"
IN_BASE = "python3,python3-venv,ca-certificates"
TRIED = """
set -eu
ip link set lo up
mount --bind "$ROOT" "$ROOT"
mount -o remount,ro,bind "$ROOT"
mount -t tmpfs tmpfs "$ROOT/tmp"
mount -t tmpfs -o "mode=700,uid=${OWNER%:*},gid=${OWNER#*:}" tmpfs "$ROOT$FOLDER"
mount -t proc proc "$ROOT/proc"
inside() { chroot --userspec="$OWNER" "$ROOT" env -i -C "$FOLDER" $SETTINGS "$@"; }
if inside touch /opt/emo/written 2> /dev/null; then echo "its files can be changed"; exit 1; fi
(exec chroot --userspec="$OWNER" "$ROOT" env -i -C "$FOLDER" $SETTINGS $COMMAND) > "$LOG" 2>&1 &
until grep -q '"event":"listening"' "$LOG"; do kill -0 $!; sleep 0.1; done
inside $HEALTH > /dev/null
is_ready="import urllib.request; urllib.request.urlopen('http://127.0.0.1:$OPS_PORT/readyz')"
until inside python3 -c "$is_ready" 2> /dev/null; do kill -0 $!; sleep 0.1; done
kill -TERM $!
wait $!
"""
"""What is done in namespaces of its own: each line fails if something is not as it should be, the last one if the
server does not end well."""


def main() -> int:
    """Build it and run it; what fails ends it with what a tool says."""
    install()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        buildah = Buildah(folder)
        buildah.make_base()
        buildah.build(offline_pip(folder))
        container = buildah("from", "--pull-never", "localhost/emo")
        root = buildah("mount", container)
        try_out(Path(root), json.loads(buildah("inspect", "--type", "image", "localhost/emo"))["Docker"], folder)
        size = sum(path.lstat().st_size for path in Path(root, "opt/emo").rglob("*"))
        buildah("umount", container)
    sys.stdout.write(f"the image was built and runs; /opt/emo is {size / 1e6:.0f} MB\n")
    return 0


class Buildah:
    """With all that it keeps in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        kept = {"root": folder / "images", "runroot": folder / "running", "storage-driver": "vfs"}
        self._command = ["buildah", *(f"--{name}={value}" for name, value in kept.items())]

    def __call__(self, *arguments: str | Path) -> str:
        """Run it, and give what it prints."""
        return run(*self._command, *arguments, TMPDIR=str(self._folder))

    def make_base(self) -> None:
        """An image `base` of a Debian with Python, which is what the one that is pulled has."""
        tree = self._folder / "base.tar"
        run("mmdebstrap", "--variant=minbase", f"--include={IN_BASE}", SUITE, tree)
        container = self("from", "scratch")
        self("add", container, tree, "/")
        self("commit", "--quiet", "--rm", container, "base")
        tree.unlink()

    def build(self, mounted: Mapping[Path, str]) -> None:
        """The image `emo`, with these files and folders for the time being."""
        volumes = [f"--volume={path}:{target}:ro" for path, target in mounted.items()]
        options = ["--isolation=chroot", "--format=docker", "--pull-never", "--build-arg=BASE=localhost/base"]
        self("build", *options, *volumes, "--tag=emo", f"--file={ROOT / 'Containerfile'}", ROOT)


def offline_pip(folder: Path) -> dict[Path, str]:
    """The packages, and what has pip take them: so pip's settings need not be those of this machine."""
    wheels, settings = folder / "wheels", folder / "pip.conf"
    locked = ["--no-deps", "--require-hashes", "-r", ROOT / "requirements-run.lock"]
    run(sys.executable, "-m", "pip", "download", "--quiet", *locked, "-d", wheels)
    settings.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
    return {wheels: "/wheels", settings: "/etc/pip.conf"}


def try_out(root: Path, image: Mapping[str, Any], folder: Path) -> None:
    """Run it as the image says, ask how it is, and end it."""
    config = image["config"]
    settings = dict(pair.split("=", 1) for pair in config["Env"])
    run(
        "unshare", "--mount", "--net", "--fork", "--kill-child", "bash", "-c", TRIED,
        ROOT=str(root),
        OWNER=config["User"],
        FOLDER=config["WorkingDir"],
        SETTINGS=" ".join(config["Env"]),
        COMMAND=" ".join([*config["Entrypoint"], *config["Cmd"]]),
        HEALTH=" ".join(config["Healthcheck"]["Test"][1:]),
        OPS_PORT=settings["EMO_OPS_LISTEN"].rpartition(":")[2],
        LOG=str(folder / "server.log"),
    )  # fmt: skip


def install() -> None:
    """What is missing, from Debian."""
    missing = [package for command, package in PACKAGES.items() if shutil.which(command) is None]
    if missing:
        run("apt-get", "-qq", "update")
        run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", *missing)


def run(*command: str | Path, **more: str) -> str:
    """Run it with more variables, and give what it prints; exit with all that it says if it fails."""
    done = subprocess.run(command, env=os.environ | more, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
