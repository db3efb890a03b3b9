"""Starts what is attacked."""

import asyncio
import base64
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc

from certificates import Authority
from e2e.attacks_on_identity.caller import Caller
from e2e.attacks_on_identity.target import Target
from e2e.server_process import ServerProcess
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.users import build_users
from emo_grpc.settings import Settings
from emo_grpc.users.domain.commands import CreateUser
from emo_grpc.users.domain.user import Role
from fault_proxy import fault_proxy
from identity_provider import IdentityProvider, serving, trust
from rpc.vault import OWN_CONNECTION, PASSWORD
from smtp_server import SENDER, MailServer, running_mail_server
from waiting import PATIENCE_SECONDS

PROXY = "127.0.0.2"
"""Where a trusted proxy calls from; all other callers of these tests are at 127.0.0.1."""


@contextmanager
def open_target(folder: Path, engines: Mapping[str, str]) -> Iterator[Target]:
    """A server on these engines (settings of its environment), which mails, and trusts an issuer with all there is."""
    authority, issuer = Authority(folder), IdentityProvider(algorithm="RS256")
    authority.sign("provider")
    with ExitStack() as opened:
        mails = opened.enter_context(_mail_server())
        url = opened.enter_context(serving(issuer, authority))
        trusted = trust(folder, url, issuer, algorithms=["RS256"], create_accounts=True, link_by_email=True)
        environment = _environment(mails, trusted) | {"DATA_FOLDER": str(folder / "data")} | dict(engines)
        asyncio.run(_make_administrator(environment))
        server = ServerProcess(folder / "server", environment)
        opened.callback(server.kill)
        server.start()
        proxy = opened.enter_context(fault_proxy(f"http://{server.address}", PROXY))
        direct, behind = (
            Caller(opened.enter_context(grpc.insecure_channel(address, OWN_CONNECTION)))
            for address in (server.address, proxy.url.removeprefix("http://"))
        )
        yield Target(server, mails, issuer, direct, behind)


def _environment(mails: MailServer, trusted_issuers: Path) -> dict[str, str]:
    return {
        "EMAIL_SMTP_SERVER": "127.0.0.1",
        "EMAIL_SMTP_PORT": str(mails.port),
        "EMAIL_SMTP_SECURITY": "none",
        "EMAIL_SENDER_ADDRESS": SENDER,
        "TRUSTED_ISSUERS_FILE": str(trusted_issuers),
        "TRUSTED_PROXIES": f"{PROXY}/32",
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "DATA_KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


async def _make_administrator(environment: Mapping[str, str]) -> None:
    """There is no call by which the first one is made."""
    settings = Settings.model_validate({name.lower(): value for name, value in environment.items()})
    async with open_engines(settings) as engines:
        command = CreateUser(
            username="root", email="root@example.org", password=PASSWORD, roles=frozenset({Role.ADMIN})
        )
        await build_users(engines).bus.handle(command)


@contextmanager
def _mail_server() -> Iterator[MailServer]:
    """One in a thread of its own, for tests that have no loop."""
    loop, server = asyncio.new_event_loop(), MailServer()
    is_listening, is_over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with running_mail_server(server):
            is_listening.set()
            await is_over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert is_listening.wait(PATIENCE_SECONDS)
        yield server
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join()
        loop.close()
