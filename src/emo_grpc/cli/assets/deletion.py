"""What `emo rm` does with an asset: into the trash, or to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from emo_grpc.cli.terminal.printing import counted, print_error

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import AssetResult
    from emo_grpc.client import EmoClient


@dataclass(frozen=True, slots=True)
class Deletion:
    """Deletes as the server of `client` does, where assets stay in the trash for `kept_for`, 0 = not at all.

    `purges`: destroys them, whatever the server does and whether or not they are in the trash.
    """

    client: "EmoClient"
    kept_for: timedelta
    purges: bool

    @property
    def destroys(self) -> bool:
        """Whether nothing brings back what it deletes."""
        return self.purges or not self.kept_for

    @property
    def doing(self) -> str:
        """What it does, as a word before how far it is."""
        return "Destroying" if self.destroys else "Moving to the trash"

    @property
    def outcome(self) -> str:
        """What becomes of an asset, for programs."""
        return "destroyed" if self.destroys else "trashed"

    def intent(self, what: str) -> str:
        """What it is going to do."""
        return f"destroy {what}" if self.destroys else f"move {what} to the trash"

    def question(self, what: str) -> str:
        """What to ask before."""
        intent = self.intent(what)
        return f"{intent[0].upper()}{intent[1:]}?"

    def done(self, what: str) -> str:
        """What to say after."""
        return f"Destroyed {what}." if self.destroys else f"Moved {what} to the trash."

    async def delete(self, asset_ids: Sequence[str]) -> "Sequence[AssetResult]":
        """Do it with each, up to as many as a batch takes."""
        from emo.assets.v1.assets_pb2 import BatchDeleteAssetsRequest  # noqa: PLC0415 - see app

        request = BatchDeleteAssetsRequest(asset_ids=asset_ids, purge=self.purges)
        return await self.client.assets.delete_many(request)

    def print_way_back(self) -> None:
        """After the last one, say how to bring one back, and until when."""
        if not self.destroys:
            days = _days(self.kept_for)
            print_error(f"in the trash for {days}, then destroyed; `emo trash restore ID` brings one back")


async def deletion(client: "EmoClient", *, purges: bool) -> Deletion:
    """How the server deletes, which it says itself; one that does not say destroys at once."""
    return Deletion(client, await trash_lifetime(client), purges)


async def trash_lifetime(client: "EmoClient") -> timedelta:
    """How long the server keeps what is deleted; 0: it destroys it at once, or does not say. Raises EmoClientError."""
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    try:
        info = await client.server.info()
    except EmoClientError as error:
        if error.code.name != "UNIMPLEMENTED":
            raise
        return timedelta(0)
    return info.limits.assets.trash_lifetime.ToTimedelta()


def _days(lifetime: timedelta) -> str:
    days = max(1, round(lifetime / timedelta(days=1)))
    return counted(days, "day", "days")
