"""A unit of work that is cancelled."""

import asyncio

from .notes import Engine, Note


async def write_and_cancel_twice(engine: Engine, note: Note) -> None:
    """Cancelled in the middle of its unit, and again in the undoing."""
    is_written = asyncio.Event()

    async def work() -> None:
        async with engine.unit() as unit:
            await unit.notes.write(note)
            is_written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await is_written.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
