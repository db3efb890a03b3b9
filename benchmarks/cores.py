"""What processes that share nothing get done, on this machine at this time."""

import subprocess
import sys

SECONDS = 2

COUNT = f"""
import time
end, rounds = time.perf_counter() + {SECONDS}, 0
while time.perf_counter() < end:
    sum(range(1000))
    rounds += 1
print(rounds / {SECONDS})
"""


def rounds_a_second(processes: int) -> float:
    """Of a loop of pure Python, by all processes together."""
    running = [
        subprocess.Popen([sys.executable, "-c", COUNT], stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    return sum(float(process.communicate()[0]) for process in running)
