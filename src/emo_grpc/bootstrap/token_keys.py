"""The keys of access tokens that the settings name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.settings.signing_key_files import read_signing_key, read_verification_key
from emo_grpc.users.adapters.crypto.signing_keys import SigningKey, VerificationKey

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """New tokens are signed with `current`; those signed with one of `others` are good as well."""

    current: SigningKey
    others: Sequence[VerificationKey]


def token_keys(settings: Settings) -> TokenKeys:
    """JWT_SECRET_KEY, which the settings must have, signs where there is no JWT_SIGNING_KEY_FILE.

    It verifies in any case, so that nobody's token is refused when a server begins to sign with the file. Raises
    InvalidSettings.
    """
    secret = _bytes_of(settings.jwt_secret_key)
    retired = [VerificationKey.of_secret(_bytes_of(key)) for key in settings.jwt_secret_keys_retired]
    retired += _retired_public_keys(settings)
    current = _signing_key(settings)
    if current is None:
        return TokenKeys(SigningKey.of_secret(secret), retired)
    return TokenKeys(current, [VerificationKey.of_secret(secret), *retired])


def public_jwks(settings: Settings) -> dict[str, list[dict[str, str]]]:
    """What others verify access tokens with: a JSON Web Key Set (RFC 7517, section 5). Raises InvalidSettings."""
    current = _signing_key(settings)
    keys = [*([current.verification] if current else []), *_retired_public_keys(settings)]
    unique = {key.key_id: key for key in keys}.values()
    return {"keys": [dict(key.jwk) for key in unique if key.jwk is not None]}


def _signing_key(settings: Settings) -> SigningKey | None:
    path = settings.jwt_signing_key_file
    if path is None:
        return None
    return SigningKey.of_private(_read("JWT_SIGNING_KEY_FILE", path, read_signing_key))


def _retired_public_keys(settings: Settings) -> list[VerificationKey]:
    return [
        VerificationKey.of_public(_read("JWT_SIGNING_KEY_FILES_RETIRED", path, read_verification_key))
        for path in settings.jwt_signing_key_files_retired
    ]


def _bytes_of(secret: SecretStr) -> bytes:
    return bytes.fromhex(secret.get_secret_value())


def _read(variable: str, path: Path, read: Callable[[Path], T]) -> T:
    """Read a file that was sound when the settings were loaded."""
    try:
        return read(path)
    except ValueError as error:
        raise InvalidSettings(f"{variable}: {error}") from None
