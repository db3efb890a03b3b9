"""Runs the locked protoc over the contract."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PROTOS: Final = ROOT / "protos"
BIN: Final = Path(sys.executable).parent


def descriptor_set(protos: Path, target: Path) -> Path:
    """All of it in one file, with comments and imports, so that who reads it need not compile or fetch anything."""
    protoc(protos, "--include_imports", "--include_source_info", f"--descriptor_set_out={target}")
    return target


def protoc(protos: Path, *options: str) -> None:
    """Run the compiler over all protos; its own messages say what is wrong with them."""
    files = sorted(str(path.relative_to(protos)) for path in protos.rglob("*.proto"))
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(
        (sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", *options, *files),
        check=True,
        env=os.environ | {"PATH": path},
    )
