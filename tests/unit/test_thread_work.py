"""Waiting for work on threads."""

import asyncio

from emo_grpc.thread_work import run_to_end


async def test_work_on_a_thread_is_waited_for_however_often_its_caller_is_cancelled() -> None:
    """A session may end, and then its client goes away too: what the thread works on is still in use."""
    work = asyncio.get_running_loop().create_future()
    caller = asyncio.create_task(run_to_end(work))
    for _ in range(3):
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller], timeout=0.01)
        assert not caller.done()
    work.set_result(None)
    await asyncio.wait([caller])
    assert caller.cancelled()
