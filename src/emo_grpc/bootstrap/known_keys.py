"""Whether the settings have every key that files are encrypted under."""

import base64

from emo_grpc.assets.adapters.aes_key_ring import kek_id
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.settings import CannotStart, Settings


class KnownKeys:
    """Once they `are_known`, they stay so: each server wraps with keys that it has."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self.are_known = False

    async def check(self) -> None:
        """Raises CannotStart when one is missing: every file under it would be taken for a damaged one.

        Raises Unavailable when the database does not answer.
        """
        unknown = await self._engines.metadata.used_kek_ids() - _known(self._engines.settings)
        if unknown:
            raise CannotStart(
                f"there are files under the key-encryption key {', '.join(sorted(unknown))} (first 8 bytes of its"
                " SHA-256), which is not set: set DATA_KEY_ENCRYPTION_KEY to it, or add it to"
                " DATA_KEY_ENCRYPTION_KEYS_RETIRED"
            )
        self.are_known = True


def _known(settings: Settings) -> frozenset[str]:
    keys = (settings.data_key_encryption_key, *settings.data_key_encryption_keys_retired)
    return frozenset(kek_id(base64.b64decode(key.get_secret_value())) for key in keys)
