"""Carries out `emo admin jwks`."""

from emo_grpc.bootstrap.token_keys import public_jwks
from emo_grpc.cli.terminal.output import write_json
from emo_grpc.settings import InvalidSettings, load_settings


def print_jwks() -> None:
    """Print the public keys of access tokens as JSON. Raises CannotStart, also when there are none."""
    found = public_jwks(load_settings())
    if not found["keys"]:
        raise InvalidSettings(
            "there are no public keys: access tokens are signed with JWT_SECRET_KEY, which must stay with this service;"
            " set JWT_SIGNING_KEY_FILE"
        )
    write_json(found, indent=2)
