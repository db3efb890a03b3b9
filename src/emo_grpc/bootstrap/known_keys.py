"""Whether the settings have every key that files are encrypted under."""

from emo_grpc.bootstrap.assets import key_ring
from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.settings import InvalidSettings, Settings


async def require_known_keys(settings: Settings, metadata: Metadata) -> None:
    """Raise CannotStart when a key is missing: every file under it would look damaged."""
    unknown = await metadata.used_kek_ids() - key_ring(settings).kek_ids
    if unknown:
        raise InvalidSettings(
            f"there are files under the key-encryption key {', '.join(sorted(unknown))} (first 8 bytes of its SHA-256),"
            " which is not set: set DATA_KEY_ENCRYPTION_KEY to it, or add it to DATA_KEY_ENCRYPTION_KEYS_RETIRED"
        )
