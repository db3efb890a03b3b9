"""Builds the programs in examples/."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
EXAMPLES: Final = ROOT / "examples"
PATIENCE_SECONDS: Final = 300.0


@dataclass(frozen=True)
class Programs:
    """How they are started; each takes its arguments behind."""

    up: tuple[str, ...]
    down: tuple[str, ...]


def node(folder: Path) -> Programs:
    """With the packages of the lock file; the protos lie where they lie in the repository."""
    _require("node", "npm")
    for name in ("protos", "third_party", "examples/node"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("node_modules"))
    home = folder / "examples" / "node"
    _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=home)
    return Programs(("node", str(home / "upload.mjs")), ("node", str(home / "download.mjs")))


def go(folder: Path) -> Programs:
    """With Debian's packages."""
    _require("go", "protoc", "protoc-gen-go", "protoc-gen-go-grpc")
    _build("go", folder)
    return Programs((str(folder / "emo-example"), "upload"), (str(folder / "emo-example"), "download"))


def java(folder: Path) -> Programs:
    """With Debian's packages."""
    _require("javac", "protoc", "grpc_java_plugin", "/usr/share/java/grpc-netty.jar")
    _build("java", folder)
    command = ("java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", (folder / "classpath").read_text().strip())
    return Programs((*command, "Upload"), (*command, "Download"))


LANGUAGES: Final[Mapping[str, Callable[[Path], Programs]]] = MappingProxyType({"node": node, "go": go, "java": java})


def _build(language: str, folder: Path) -> None:
    _run(str(EXAMPLES / language / "build.sh"), str(folder), PROTOC=f"{sys.executable} -m grpc_tools.protoc")


def _run(*command: str, cwd: Path | None = None, **environment: str) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _require(*tools: str) -> None:
    """Skip where one is not installed; fail in CI, which installs them."""
    missing = [tool for tool in tools if shutil.which(tool) is None and not Path(tool).is_file()]
    if missing:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(f"not installed: {', '.join(missing)}; examples/README.md names the packages")
