"""The contract with its comments."""

import tempfile
from functools import cache
from pathlib import Path

from scripts.api_page.contract import Contract
from scripts.api_page.errors import reasons_of
from scripts.compiler import PROTOS, descriptor_set


@cache
def contract() -> Contract:
    """Compiled once."""
    with tempfile.TemporaryDirectory() as folder:
        return Contract.read(descriptor_set(PROTOS, Path(folder) / "set.binpb"))


@cache
def promised_reasons() -> dict[str, set[str]]:
    """The reasons with which each RPC may fail, by its path."""
    return {
        f"/{service.name}/{rpc.name}": reasons_of(contract(), rpc)
        for service in contract().services
        for rpc in service.rpcs
    }
