"""Waits for what goes on behind a call, not for long."""

import asyncio
from dataclasses import replace
from typing import Final

from emo_grpc.assets.domain.folder_move import FolderMove
from emo_grpc.assets.service_layer.folder_views import FolderViews, left_of
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.service_layer.drain import Drain

MAX_WAIT_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2


async def wait_for(move: FolderMove, owner_id: UserId, views: FolderViews, drain: Drain) -> FolderMove:
    """The move or rename as it is when it is done, or when the waiting is over."""
    end = asyncio.get_running_loop().time() + MAX_WAIT_SECONDS
    while move.left and asyncio.get_running_loop().time() < end and not drain.has_started:
        await asyncio.sleep(POLL_SECONDS)
        move = replace(move, left=left_of(await views.folder_move(owner_id), move.move_id))
    return move
