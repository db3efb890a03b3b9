"""Which account an operator means."""

from typing import Final

from emo_grpc.bootstrap.engines import Engines
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.users.domain.errors import UserNotFound

ID_LENGTH: Final = 36
"""Of a UUID's canonical text, which is longer than any username."""


async def user_id_of(account: str, engines: Engines) -> UserId:
    """The id of the account with this username, address or id; an id is given back unasked. Raises EmoError."""
    reader = engines.metadata.credentials
    if "@" in account:
        user_id = await reader.user_id_by_email(account)
    elif len(account) == ID_LENGTH:
        user_id = UserId.parse(account, "user")
    else:
        found = await reader.credentials_by_username(account.lower())
        user_id = found.user_id if found else None
    if user_id is None:
        raise UserNotFound
    return user_id
