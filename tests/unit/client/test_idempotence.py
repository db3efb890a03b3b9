"""Which calls the client sends again."""

from attacks.methods import METHODS
from emo_grpc.client.idempotence import IDEMPOTENT

READING = ("Get", "List", "Search", "BatchGet")
SAME_TWICE = {
    "CancelUpload", "ExchangeToken", "Login", "Logout", "RefreshTokens", "RequestEmailChange", "RequestPasswordReset",
    "ResendActivation", "SetUserRoles", "SetUserState",
}  # fmt: skip
"""Each leaves things as once, or with one session or mail more."""


def test_what_may_be_sent_again() -> None:
    """All that only reads or that a request_id tells from another request, and no RPC besides but a few."""
    expected = {
        method.full_name
        for method in METHODS
        if method.name.startswith(READING) or "request_id" in method.input_type.fields_by_name
    }
    expected |= {method.full_name for method in METHODS if method.name in SAME_TWICE}
    assert {f"{service}.{name}" for service, names in IDEMPOTENT.items() for name in names} == expected
