"""Manifests by whoever may write to a place."""

import json
from hashlib import sha256
from typing import Any

from emo_grpc.backup.manifest import Manifest


def forged(manifest: Manifest, **changes: Any) -> bytes:
    """One that agrees with itself."""
    document = json.loads(manifest.to_bytes()) | changes
    del document["sha256"]
    return _text(document | {"sha256": sha256(_text(document)).hexdigest()})


def _text(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2) + "\n").encode()
