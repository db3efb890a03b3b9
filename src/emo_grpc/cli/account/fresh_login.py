"""Logs in again where only a token from a new login will do."""

import platform
from collections.abc import Awaitable, Callable

from emo_grpc.cli.connection.given_credentials import SERVICE_KEY, variable_in_use
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import print_line


def this_device() -> str:
    """What the server shows this login as."""
    return f"emo on {platform.node()}"[:100]


def refuse_services(to: str) -> None:
    """Raise Refusal if a service's key stands in place of a login: only a new login may, and it never has one."""
    if variable_in_use() == SERVICE_KEY:
        sentence = f"no service may {to}, whomever it acts for: unset {SERVICE_KEY}, and log in as the user"
        raise Refusal(sentence, EXIT_CODES["UNAUTHENTICATED"])


async def with_fresh_login(
    remote: Remote, username: str, call: Callable[[], Awaitable[None]], *, password: Callable[[], str], to: str
) -> None:
    """Make the call; if the login was refreshed since, log in by the password first. `to` says what for.

    Nobody logs in who came with a token from elsewhere. Raises Refusal for another password than the account's.
    """
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    try:
        await _with_login_if_needed(remote, username, call, password=password, to=to)
    except EmoClientError as error:
        if error.reason == "INVALID_CREDENTIALS":
            raise Refusal(f"this is not the password of {username}", EXIT_CODES["UNAUTHENTICATED"]) from error
        raise


async def _with_login_if_needed(
    remote: Remote, username: str, call: Callable[[], Awaitable[None]], *, password: Callable[[], str], to: str
) -> None:
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    try:
        await call()
    except EmoClientError as error:
        if error.reason != "FRESH_LOGIN_REQUIRED" or variable_in_use():
            raise
        await remote.client.login(username, password(), device_id=this_device())
        print_line(f"Logged in again, for only a new login may {to}.")
        await call()
