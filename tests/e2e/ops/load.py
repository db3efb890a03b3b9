"""A server that is watched, and people who use it a little."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from uuid import uuid4

from certificates import Authority
from e2e.ops_client import OpsClient
from e2e.server_process import ServerProcess
from emo_grpc.client import EmoClient, EmoClientError
from emo_grpc.client.channel import Tls

MIB = 1 << 20
SETTINGS = {"EMO_OPS_LISTEN": "127.0.0.1:0", "TLS_CERT_FILE": "server.crt", "TLS_KEY_FILE": "server.key"}
PASSWORD = "correct horse"


@contextmanager
def watched_server(folder: Path) -> Iterator[tuple[ServerProcess, OpsClient]]:
    """One over TLS, so that there is a certificate to watch, with its port for metrics."""
    folder.mkdir()
    Authority(folder).sign("server")
    server = ServerProcess(folder, SETTINGS)
    try:
        server.start()
        ops = OpsClient(server.log)
        ops.wait_until_ready()
        yield server, ops
    finally:
        server.kill()


def use(server: ServerProcess, name: str, is_over: Callable[[], bool]) -> None:
    """Register somebody who uploads, downloads, lists, and now and then errs, until it is over."""
    asyncio.run(_use(server, name, is_over))


async def _use(server: ServerProcess, name: str, is_over: Callable[[], bool]) -> None:
    tls = Tls(server.folder / "ca.crt")
    async with EmoClient.connect(server.address, tls=tls) as client:
        await client.users.register(name, f"{name}@example.com", PASSWORD)
        await client.login(name, PASSWORD)
        letter = server.folder / f"{name}.bin"
        random = Random(name)
        for turn in itertools.count():
            letter.write_bytes(random.randbytes(random.randrange(MIB, 16 * MIB)))
            sent = await client.upload(letter)
            await client.download(sent.asset_id, server.folder / f"{name}-{turn}.copy")
            for _ in range(random.randrange(20, 60)):
                await client.assets.get(sent.asset_id)
            await _err(client, name)
            await client.assets.purge(sent.asset_id, force=True)
            (server.folder / f"{name}-{turn}.copy").unlink()
            if is_over():
                return


async def _err(client: EmoClient, name: str) -> None:
    """Ask for what nobody has, and mistype the password."""
    with suppress(EmoClientError):
        await client.assets.get(str(uuid4()))
    with suppress(EmoClientError):
        await client.users.change_password(PASSWORD[::-1], name * 9)
