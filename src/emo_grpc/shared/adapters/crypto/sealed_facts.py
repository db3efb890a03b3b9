"""Facts about a person that are readable as long as a key of that person exists."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

Facts = Mapping[str, str]


def new_key() -> bytes:
    """One for AES-256."""
    return token_bytes(KEY_BYTES)


def seal_facts(facts: Facts, key: bytes, binding: str) -> str:
    """Base64 of nonce and AES-256-GCM ciphertext; nothing for no facts. The binding is associated data.

    Nonces are random, which is good for 2^32 texts under one key (NIST SP 800-38D section 8.3).
    """
    if not facts:
        return ""
    nonce = token_bytes(NONCE_BYTES)
    text = json.dumps(dict(facts), ensure_ascii=False, separators=(",", ":"))
    return b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), binding.encode())).decode()


def open_facts(sealed: str, key: bytes, binding: str) -> dict[str, str]:
    """The facts; raises ValueError if they are damaged, or were sealed otherwise."""
    if not sealed:
        return {}
    raw = b64decode(sealed, validate=True)
    try:
        text = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], binding.encode())
    except InvalidTag as error:
        raise ValueError("sealed facts are damaged") from error
    facts: dict[str, str] = json.loads(text)
    return facts
