"""What `emo rm` does with an asset: into the trash, or to its end."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from emo_grpc.cli.terminal.printing import print_line, size_text

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import Asset
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

    def question(self, asset: "Asset") -> str:
        """What to ask before."""
        what = f"{asset.title!r} ({size_text(asset.file.size_bytes)})"
        return f"Destroy {what}?" if self.destroys else f"Move {what} to the trash?"

    async def delete(self, asset_id: str) -> None:
        """Do it, and say so."""
        if self.purges:
            await self.client.assets.purge(asset_id, force=True)
        else:
            await self.client.assets.delete(asset_id)
        print_line(f"Destroyed {asset_id}." if self.destroys else f"Moved {asset_id} to the trash.")

    def print_way_back(self) -> None:
        """After the last one, say how to bring one back, and until when."""
        if not self.destroys:
            print_line(
                f"In the trash for {_days(self.kept_for)}, then destroyed; `emo trash restore ID` brings one back."
            )


async def deletion(client: "EmoClient", *, purges: bool) -> Deletion:
    """How the server deletes, which it says itself; one that does not say destroys at once."""
    return Deletion(client, await _trash_lifetime(client), purges)


async def _trash_lifetime(client: "EmoClient") -> timedelta:
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
    return "1 day" if days == 1 else f"{days} days"
