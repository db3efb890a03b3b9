"""Logs in again where only a token from a new login will do."""

import platform
from collections.abc import Awaitable, Callable

from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import print_line


def this_device() -> str:
    """What the server shows this login as."""
    return f"emo on {platform.node()}"[:100]


async def with_fresh_login(
    remote: Remote, username: str, call: Callable[[], Awaitable[None]], *, password: Callable[[], str], to: str
) -> None:
    """Make the call; if the login was refreshed since, log in by the password first. `to` says what for."""
    from emo_grpc.client import EmoClientError  # noqa: PLC0415 - see app

    try:
        await call()
    except EmoClientError as error:
        if error.reason != "FRESH_LOGIN_REQUIRED":
            raise
        await remote.client.login(username, password(), device_id=this_device())
        print_line(f"Logged in again, for only a new login may {to}.")
        await call()
