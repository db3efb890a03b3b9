"""Who gets in: the access option against every kind of caller."""

import pytest

from rpc.shared.conftest import USER, Trial
from rpc.shared.replies import Lines, failure, last_line, reason

RPCS = ("Public", "User", "Fresh", "Admin", "Undeclared")
MATRIX = {
    "": (None, "TOKEN_MISSING", "TOKEN_MISSING", "TOKEN_MISSING", "ACCESS_NOT_DECLARED"),
    "nobody": (None, "TOKEN_INVALID", "TOKEN_INVALID", "TOKEN_INVALID", "ACCESS_NOT_DECLARED"),
    "user": (None, None, "FRESH_LOGIN_REQUIRED", "ADMIN_REQUIRED", "ACCESS_NOT_DECLARED"),
    "fresh": (None, None, None, "ADMIN_REQUIRED", "ACCESS_NOT_DECLARED"),
    "admin": (None, None, "FRESH_LOGIN_REQUIRED", None, "ACCESS_NOT_DECLARED"),
    "scoped": (None, None, None, None, "ACCESS_NOT_DECLARED"),
    "elsewhere": (None, "SCOPE_REQUIRED", "SCOPE_REQUIRED", "SCOPE_REQUIRED", "ACCESS_NOT_DECLARED"),
}
CODES = {"TOKEN": "UNAUTHENTICATED", "FRESH": "UNAUTHENTICATED"}
CASES = [(token, rpc, expected) for token, row in MATRIX.items() for rpc, expected in zip(RPCS, row, strict=True)]


@pytest.mark.parametrize(("token", "rpc", "expected"), CASES)
async def test_matrix(trial_server: Trial, lines: Lines, token: str, rpc: str, expected: str | None) -> None:
    """Each RPC lets in whom its option names, and tells the others why not."""
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    if expected is None:
        answer = await trial_server.answers(rpc, b"x", metadata=metadata)
        assert answer == [b"x" if rpc == "Public" else str(USER).encode()]
        assert (await last_line(lines))["user_id"] == ("" if rpc == "Public" else str(USER))
        return
    error = await failure(trial_server, rpc, b"x", metadata=metadata)
    assert reason(error) == expected
    assert error.code().name == CODES.get(expected.partition("_")[0], "PERMISSION_DENIED")


@pytest.mark.parametrize("header", ["user", "Bearer", "Bearer ", "Basic user", "Bearer us er", "Bearer user,user"])
async def test_malformed_headers(trial_server: Trial, header: str) -> None:
    """Anything but one bearer token (RFC 6750) is TOKEN_INVALID."""
    error = await failure(trial_server, "User", b"x", metadata=(("authorization", header),))
    assert reason(error) == "TOKEN_INVALID"


async def test_two_headers(trial_server: Trial) -> None:
    """Two tokens are refused, even if one of them is good."""
    pair = (("authorization", "Bearer user"), ("authorization", "Bearer user"))
    assert reason(await failure(trial_server, "User", b"x", metadata=pair)) == "TOKEN_INVALID"


async def test_scheme_in_any_case(trial_server: Trial) -> None:
    """The scheme is read without regard to case (RFC 9110 §11.1)."""
    assert await trial_server.answers("User", b"x", metadata=(("authorization", "bearer user"),))


async def test_authentication_before_decoding(trial_server: Trial, lines: Lines) -> None:
    """A caller whom nobody knows learns nothing of what is wrong with the request, which is not even read."""
    assert reason(await failure(trial_server, "User", b"\xff\xff", raw=True)) == "TOKEN_MISSING"
    assert (await last_line(lines))["messages_in"] == 0
