"""What signals do to a process that is busy ending."""

import signal
import subprocess
import sys

import pytest

ENDS_SLOWLY = """
import asyncio, os, threading
from emo_grpc.hosting.stop_signal import stop_signal

async def main():
    stop = stop_signal(before_end=lambda: os.write(1, b"at once"))
    print("begun", flush=True)
    await stop.wait()
    print("ending", flush=True)
    threading.Event().wait(60)

with asyncio.Runner(loop_factory={factory}) as runner:
    runner.run(main())
"""


@pytest.mark.parametrize("factory", ["None", "__import__('uvloop').new_event_loop"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_waits_for_nothing(number: signal.Signals, factory: str) -> None:
    """Not even for an event loop that waits for a thread, which may wait for a network."""
    command = [sys.executable, "-c", ENDS_SLOWLY.format(factory=factory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for said in ("begun", "ending"):
            assert process.stdout.readline().strip() == said
            process.send_signal(number)
        assert process.communicate(timeout=30)[0].strip() == "at once"
    assert process.returncode == 128 + number
