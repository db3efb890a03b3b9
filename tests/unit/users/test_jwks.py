"""JSON Web Key Sets of other parties."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from emo_grpc.users.adapters.issuers.jwks import MAX_KEYS, read_jwks
from identity_provider import WRITERS, new_key

GOOD: dict[str, Any] = OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key(), as_dict=True) | {"kid": "good"}
WEAK = RSAAlgorithm.to_jwk(generate_rsa_key(65537, 1024).public_key(), as_dict=True)


def keys_of(*jwks: object) -> dict[str, str]:
    content = json.dumps({"keys": list(jwks)}).encode()
    return {kid: key.algorithm for kid, key in read_jwks(content).items()}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("more", [{}, {"use": "sig"}, {"key_ops": ["verify"], "x5t": "AAAA"}])
def test_takes_what_may_be_allowed(algorithm: str, more: dict[str, Any]) -> None:
    """Each kind of public key is good for its own algorithm, whether or not the set names it."""
    jwk = WRITERS[algorithm].to_jwk(new_key(algorithm).public_key(), as_dict=True) | {"kid": "a"} | more
    assert keys_of(jwk) == keys_of(jwk | {"alg": algorithm}) == {"a": algorithm}


@pytest.mark.parametrize(
    "bad",
    [
        None, 7, [], {}, {"kid": "bad"}, {"kid": "bad", "kty": "oct", "k": "AAAA"},
        {"kid": "bad", "kty": "oct", "k": "AAAA", "alg": "HS256"},
        {"kid": "bad", "kty": "RSA", "n": "AQAB", "e": "!"},
        {"kid": "bad", "kty": "OKP", "crv": "Ed25519", "x": 7},
        {"kid": "bad", "kty": "OKP", "crv": "Ed448", "x": "AAAA"},
        GOOD | {"kid": "bad", "use": "enc"}, GOOD | {"kid": "bad", "use": 7},
        GOOD | {"kid": "bad", "alg": "HS256"}, GOOD | {"kid": "bad", "alg": "RS256"},
        GOOD | {"kid": "bad", "alg": None},
        {name: value for name, value in GOOD.items() if name != "kid"}, GOOD | {"kid": 7}, GOOD | {"kid": ""},
        WEAK | {"kid": "bad"},
        ECAlgorithm.to_jwk(generate_private_key(SECP384R1()).public_key(), as_dict=True) | {"kid": "bad"},
        OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True) | {"kid": "bad"},
    ],
)  # fmt: skip
def test_passes_over_what_is_of_no_use(bad: object) -> None:
    """Secret, private, weak, nameless or damaged keys spoil no set, and are never taken; a set of them is none."""
    assert keys_of(bad, GOOD, bad) == {"good": "EdDSA"}
    with pytest.raises(ValueError, match="no public key that is of use"):
        keys_of(bad)


def test_the_first_of_a_name_counts_and_no_set_is_endless() -> None:
    """A second key under a name does not replace the first, and keys past the limit are not looked at."""
    other = WRITERS["ES256"].to_jwk(new_key("ES256").public_key(), as_dict=True) | {"kid": "good"}
    assert keys_of(GOOD, other) == {"good": "EdDSA"}
    assert keys_of(*[GOOD] * MAX_KEYS, other | {"kid": "late"}) == {"good": "EdDSA"}
