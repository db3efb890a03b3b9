"""What is known of an account, but for its files and its secrets."""

import json
from typing import Final
from uuid import UUID

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.audit.entrypoints.present import own_event_message
from emo_grpc.bootstrap.contexts import Contexts
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.pages import pages_of
from emo_grpc.users.entrypoints.present import identity_message, session_message, user_message

PAGE: Final = 1000
NO_SESSION: Final = UUID(int=0)
"""Of no login: nobody's is the current one here."""


async def account_data(contexts: Contexts, user_id: UserId) -> bytes:
    """JSON of the messages that the account's owner gets of GetMe, ListSessions and ListMyActivity.

    Raises EmoError. Of others who did something to the account it says no more than their owner is told.
    """
    views, trail = contexts.users.views, contexts.audit.views
    selection = Selection(party=Party(Side.ACCOUNT, user_id))
    sessions = pages_of(lambda after: views.sessions(user_id, limit=PAGE, after=after))
    events = pages_of(lambda after: trail.events(selection, limit=PAGE, after=after))
    content = {
        "user": _fields(user_message(await views.user(user_id))),
        "identities": [_fields(identity_message(each)) for each in await views.identities(user_id)],
        "sessions": [_fields(session_message(each, NO_SESSION)) async for page in sessions for each in page.items],
        "activity": [_fields(own_event_message(each, user_id)) async for page in events for each in page.items],
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _fields(message: Message) -> dict[str, object]:
    found: dict[str, object] = MessageToDict(message, preserving_proto_field_name=True)
    return found
