"""What a process does with the memory of freed chunks."""

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other mallocs have other habits")

SERVER = "from emo_grpc.hosting.allocator import settle_allocator; settle_allocator()\n"
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

def blocks_come_and_go():
    blocks = [bytearray(b"x") * ({mib} << 20) for _ in range({blocks})]

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

blocks_come_and_go()
begin = faults()
for _ in range(50):
    blocks_come_and_go()
print((faults() - begin) / 50)
"""


def page_faults(program: str, *, blocks: int = 4, mib: int = 1, chosen: dict[str, str] | None = None) -> float:
    """Each time that so many blocks come and go, in a process of its own that has run the program before."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    command = [sys.executable, "-c", program + COUNT.format(blocks=blocks, mib=mib)]
    return float(subprocess.run(command, env=inherited | (chosen or {}), capture_output=True, check=True).stdout)


@pytest.mark.parametrize("program", [SERVER, CLIENT, SERVER + CLIENT])
def test_it_is_kept_for_the_next_chunks(program: str) -> None:
    assert page_faults(program) < 20 < page_faults("")


def test_a_client_does_no_harm_to_the_large_blocks_of_its_program() -> None:
    """They are kept, too, once the first of them was freed."""
    assert page_faults(CLIENT, blocks=1, mib=20) < 1000


def test_a_client_leaves_the_server_in_its_process_what_it_keeps() -> None:
    assert page_faults(SERVER + CLIENT, blocks=1, mib=20) < 20


@pytest.mark.parametrize(
    ("name", "value"),
    [("MALLOC_TRIM_THRESHOLD_", "65536"), ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=65536")],
)
def test_a_client_leaves_the_choice_to_the_environment(name: str, value: str) -> None:
    assert page_faults(CLIENT, chosen={name: value}) > 20
