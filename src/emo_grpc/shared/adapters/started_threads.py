"""Threads that are there before there is work for them."""

import threading
from concurrent.futures import ThreadPoolExecutor


def started_threads(count: int, name: str) -> ThreadPoolExecutor:
    """Give a pool with all its threads started; raises RuntimeError if the system has no more.

    A pool that starts one when it is given work, and can't, raises and does the work all the same later: when its
    caller has closed its files, and others have their numbers.
    """
    pool = ThreadPoolExecutor(count, name)
    all_run = threading.Barrier(count + 1)
    try:
        for _ in range(count):
            pool.submit(all_run.wait)
    except RuntimeError:
        all_run.abort()
        pool.shutdown()
        raise
    all_run.wait()
    return pool
