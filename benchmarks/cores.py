"""The cores of this machine: how many are in use, and what processes that share nothing get done on them."""

import subprocess
import sys
import time

import psutil

from benchmarks.result import Result, beside

SECONDS = 2

COUNT = f"""
import time
end, rounds = time.perf_counter() + {SECONDS}, 0
while time.perf_counter() < end:
    sum(range(1000))
    rounds += 1
print(rounds / {SECONDS})
"""


class CoresInUse:
    """How many cores all processes of the machine used together, on average since it was made."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._busy = _busy_seconds()

    def value(self) -> float:
        """Up to now."""
        return (_busy_seconds() - self._busy) / (time.perf_counter() - self._begin)


def pure_python(section: str, alone: list[float], together: list[float], processes: int) -> Result:
    """What `rounds_a_second` gave by one process and by several: no workers can get more out of the machine."""
    name = f"a loop of pure Python, {processes} processes"
    return beside(section, name, "rounds/s", together, alone, "1 process")


def rounds_a_second(processes: int) -> float:
    """Of a loop of pure Python, by all processes together."""
    running = [
        subprocess.Popen([sys.executable, "-c", COUNT], stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    return sum(float(process.communicate()[0]) for process in running)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(getattr(times, name, 0) for name in ("user", "nice", "system", "irq", "softirq")))
