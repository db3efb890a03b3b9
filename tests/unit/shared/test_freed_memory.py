"""What a process does with the memory of freed chunks."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is a function of glibc")

SERVER = "from emo_grpc.bootstrap.allocator import settle_allocator; settle_allocator()"
CLIENT = """
import asyncio
from emo_grpc.client import EmoClient

async def connect():
    async with EmoClient.connect("localhost:1"):
        pass

asyncio.run(connect())
"""
COUNT = """
import resource

def chunks_come_and_go():
    chunks = [bytearray(b"x") * (1 << 20) for _ in range(4)]

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

chunks_come_and_go()
begin = faults()
for _ in range(50):
    chunks_come_and_go()
print((faults() - begin) / 50)
"""


def page_faults(program: str, **environment: str) -> float:
    """Of four chunks of 1 MiB that come and go, in a process of its own that has run the program before."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    command = [sys.executable, "-c", program + COUNT]
    return float(subprocess.run(command, env=inherited | environment, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("program", [SERVER, CLIENT])
def test_it_is_kept_for_the_next_chunks(program: str) -> None:
    assert page_faults(program) < 20 < page_faults("")


@pytest.mark.parametrize(
    "chosen", [{"MALLOC_TRIM_THRESHOLD_": "65536"}, {"GLIBC_TUNABLES": "glibc.malloc.trim_threshold=65536"}]
)
def test_a_client_leaves_the_choice_to_the_environment(chosen: dict[str, str]) -> None:
    assert page_faults(CLIENT, **chosen) > 20
