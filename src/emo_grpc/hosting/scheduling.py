"""How the system shares its cores with the process."""

import os
from contextlib import suppress


def use_batch_scheduling() -> None:
    """Ask Linux to let threads finish before others that wake up take their core: SCHED_BATCH of sched(7).

    Threads and processes that are started later inherit it. A policy that the operator chose for the process stays, and
    so does the default where a sandbox forbids the change.
    """
    if not hasattr(os, "SCHED_BATCH"):
        return
    with suppress(OSError):
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
