"""Carries out `emo admin users`."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.users import build_users
from emo_grpc.cli.terminal.message_texts import as_dict, time_text
from emo_grpc.cli.terminal.output import is_terminal, write_json
from emo_grpc.cli.terminal.printing import listed, print_error, print_rows
from emo_grpc.shared.entrypoints.timestamps import timestamp
from emo_grpc.shared.service_layer.pages import Page
from emo_grpc.users.entrypoints.present import user_message
from emo_grpc.users.service_layer.views import UserView

HEADINGS: Final = ("ID", "Username", "E-mail", "State", "Roles", "Since")
PAGE: Final = 1000


async def list_accounts(limit: int | None, engines: Engines, *, as_json: bool) -> None:
    """Print up to `limit` accounts, or all: for programs page by page, so that any number of them takes no memory.

    As JSON one a line. Raises EmoError.
    """
    rows: list[list[str]] = []
    async for page in _pages(engines, limit):
        if as_json:
            for user in page.items:
                write_json(as_dict(user_message(user)))
        elif is_terminal():
            rows += map(_row, page.items)
        else:
            _print([_row(user) for user in page.items])
        for user_id in page.unreadable:
            print_error(f"{user_id} can't be shown: what is known of it is damaged")
    if is_terminal() and not as_json:
        _print(rows)


async def _pages(engines: Engines, limit: int | None) -> AsyncIterator[Page[UserView]]:
    views, after, left = build_users(engines).views, None, limit
    while True:
        page = await views.users(limit=PAGE if left is None else min(PAGE, left), after=after)
        yield page
        after = page.cursor
        left = None if left is None else left - len(page.items) - len(page.unreadable)
        if after is None or left == 0:
            return


def _print(rows: Sequence[Sequence[str]]) -> None:
    print_rows(HEADINGS, rows, short=True)


def _row(user: UserView) -> list[str]:
    since = time_text(timestamp(user.create_time))
    return [str(user.user_id), user.username, user.email, user.state, listed(user.roles), since]
