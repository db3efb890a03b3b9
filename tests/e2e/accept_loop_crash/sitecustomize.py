"""Python runs this at its start, in servers of the tests that put this folder on PYTHONPATH.

It ends gRPC's accept loop at the next call, once, when there is a file `crash` in the folder of the server.
"""

import asyncio
from pathlib import Path
from typing import Any

from grpc.aio._server import Server

CRASH = Path("crash")

start = Server.start


async def start_breakable(self: Server) -> None:
    before = asyncio.all_tasks()
    await start(self)
    accepting = asyncio.all_tasks() - before
    loop = asyncio.get_running_loop()
    create_task = loop.create_task

    def create_task_or_crash(coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        if loop.is_running() and asyncio.current_task() in accepting and CRASH.exists():
            CRASH.unlink()
            raise RuntimeError("the accept loop is broken")
        return create_task(coroutine, **options)

    setattr(loop, "create_task", create_task_or_crash)  # noqa: B010 - what is patched is no part of its type


setattr(Server, "start", start_breakable)  # noqa: B010 - as above
