"""Runs openssl for a test."""

import subprocess
from pathlib import Path


def openssl(folder: Path, *arguments: str) -> None:
    """Run it in this folder."""
    subprocess.run(("openssl", *arguments), cwd=folder, check=True, capture_output=True)
