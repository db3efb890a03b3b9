"""An OpenID provider, as far as a service sees one: keys that it rotates, behind HTTPS, and tokens that it signs."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from certificates import Authority
from web_server import json_answer, web_server

AUDIENCE = "emo-vault"
# Any: claims of any type, and keys of three.
Claims = dict[str, Any]
WRITERS: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


def new_key(algorithm: str) -> Any:
    """A private key for this algorithm."""
    if algorithm == "RS256":
        return generate_rsa_key(65537, 2048)
    return generate_private_key(SECP256R1()) if algorithm == "ES256" else Ed25519PrivateKey.generate()


class IdentityProvider:
    """Signs with its latest key, and publishes all that it has."""

    def __init__(self, issuer: str = "https://login.example.org", algorithm: str = "EdDSA") -> None:
        self.issuer = issuer
        self.keys: dict[str, tuple[str, Any]] = {}
        self.questions = 0
        self.is_down = False
        self.rotate(algorithm)

    def rotate(self, algorithm: str = "EdDSA", *, forget: bool = False) -> None:
        """Begin to sign with another key."""
        if forget:
            self.keys.clear()
        self._kid = f"key-{time.monotonic_ns()}"
        self.keys[self._kid] = (algorithm, new_key(algorithm))

    @property
    def kid(self) -> str:
        """The name of the key that it signs with."""
        return self._kid

    @property
    def jwks(self) -> Claims:
        """Its JSON Web Key Set."""
        return {"keys": [self._jwk(kid, *known) for kid, known in self.keys.items()]}

    def token(self, sub: object = "7f3a", **claims: object) -> str:
        """An ID token of somebody, whose claims may be as odd as one likes; one of None is left out."""
        now = int(time.time())
        told = {"iss": self.issuer, "aud": AUDIENCE, "iat": now, "exp": now + 300, "sub": sub} | claims
        algorithm, key = self.keys[self._kid]
        kept = {name: value for name, value in told.items() if value is not None}
        return jwt.PyJWS().encode(json.dumps(kept).encode(), key, algorithm, headers={"kid": self._kid})

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a GET for the keys."""
        self.questions += 1
        if self.is_down:
            request.send_error(503)
        else:
            json_answer(json.dumps(self.jwks).encode())(request)

    @staticmethod
    def _jwk(kid: str, algorithm: str, key: Any) -> Claims:
        members: Claims = WRITERS[algorithm].to_jwk(key.public_key(), as_dict=True)
        return members | {"kid": kid, "alg": algorithm, "use": "sig"}


@contextmanager
def serving(provider: IdentityProvider, authority: Authority) -> Iterator[str]:
    """Serve its keys over HTTPS on loopback; gives their address. The authority has signed `provider`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / "provider.crt", authority.folder / "provider.key")
    with web_server(provider.answer, context) as url:
        yield f"{url}/keys"


def trust_by_file(folder: Path, provider: IdentityProvider, **settings: object) -> Path:
    """A TRUSTED_ISSUERS_FILE that names a file with its keys, which so need no server."""
    keys = folder / "keys.json"
    keys.write_text(json.dumps(provider.jwks))
    return trust(folder, "", provider, jwks_url=None, jwks_file=str(keys), ca_file=None, **settings)


def trust(folder: Path, url: str, provider: IdentityProvider, **settings: object) -> Path:
    """A TRUSTED_ISSUERS_FILE for it; what is None is left out."""
    lines = {
        "issuer": provider.issuer,
        "audience": AUDIENCE,
        "jwks_url": url,
        "ca_file": str(folder / "ca.crt"),
        "algorithms": ["RS256", "ES256", "EdDSA"],
    } | settings
    path = folder / "issuers.toml"
    path.write_text(
        "[[issuer]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items() if value)
    )
    return path
