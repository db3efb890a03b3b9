"""The contexts that there are, so that a new one is tested without anybody thinking of it."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Final

import emo_grpc

SRC: Final = Path(emo_grpc.__file__).parent
WITH_DOMAIN: Final = sorted(folder.parent.name for folder in SRC.glob("*/domain"))
"""The contexts, and what they share."""
CONTEXTS: Final = [name for name in WITH_DOMAIN if name != "shared"]


def modules_of(context: str, room: str) -> Iterator[ModuleType]:
    """All modules of a room of a context, such as its `domain`."""
    package = f"emo_grpc.{context}.{room}"
    for module in walk_packages([str(SRC / context / room.replace(".", "/"))], f"{package}."):
        yield import_module(module.name)
