"""Where an export comes from: a server, or the engines themselves."""

from collections.abc import AsyncGenerator
from typing import Protocol

from emo.assets.v1.assets_pb2 import Asset


class FileMissing(Exception):
    """The file of one asset can't be had; its text says why, for people, and `exit_code` is that of the command."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class Vault(Protocol):
    """One person's assets. What stops the others, too, is raised as it is."""

    def assets(self) -> AsyncGenerator[Asset, None]:
        """All to export."""
        ...

    def chunks(self, asset: Asset, offset: int) -> AsyncGenerator[bytes, None]:
        """The bytes of its file from `offset` on, proven. Raises FileMissing."""
        ...
