"""Processes that run the service."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from emo_grpc.bootstrap.secrets import FilledSettings
from emo_grpc.bootstrap.service import open_service
from emo_grpc.hosting.allocator import settle_allocator
from emo_grpc.hosting.banner import announce
from emo_grpc.hosting.folder_lock import own_folder
from emo_grpc.hosting.open_files import connections_limit, raise_open_files_limit
from emo_grpc.hosting.reload_signal import reload_signal
from emo_grpc.hosting.scheduling import use_batch_scheduling
from emo_grpc.hosting.stop_signal import stop_signal
from emo_grpc.settings import InvalidSettings, Settings
from emo_grpc.shared.entrypoints.accept_loop import AcceptLoopEnded
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS
from emo_grpc.shared.entrypoints.logs.log_format import configure_logging
from emo_grpc.shared.entrypoints.logs.redaction import log_uncaught
from emo_grpc.shared.entrypoints.server import Server
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait

if TYPE_CHECKING:  # prometheus-client takes long to import
    from emo_grpc.hosting.ops.vitals import Vitals

Ready = Callable[[FilledSettings, str], None]
"""Called with the settings and the address when the server answers."""
SOFTWARE_EXIT: Final = 70
"""EX_SOFTWARE of sysexits.h: the server ended by itself, and its supervisor or service manager starts another."""


def run(settings: Settings) -> None:
    """Serve until a signal comes; raises CannotStart."""
    run_process(settings, _serve_alone(settings))


def run_beside_servers(settings: Settings) -> None:
    """Deliver events and drop what has expired until a signal comes, without a port; raises CannotStart."""
    if not settings.has_shared_engines:
        raise InvalidSettings(
            "there is nothing to do for a worker: the server itself delivers events as long as its engines are in its"
            " own folder. Set MONGODB_URL and ASSET_S3_BUCKET to share them"
        )
    run_process(settings, _work(settings))


def run_process(settings: Settings, main: Coroutine[None, None, None], worker: int | None = None) -> None:
    """Prepare the process, and run `main` in it. `worker`: its number for the log, where there are several."""
    os.umask(0o077)  # other users of the machine may not read what the server writes
    configure_logging(settings, worker)
    log_uncaught()
    settle_allocator()
    use_batch_scheduling()
    raise_open_files_limit()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main)


async def serve(
    settings: Settings, stop: asyncio.Event, reload: asyncio.Event, ready: Ready, vitals: "Vitals | None" = None
) -> None:
    """Serve until `stop`, then drain; raises CannotStart. Ends the process with 70 if gRPC takes no more calls.

    `reload`: set to have the certificates read anew. The caller owns the folder of embedded engines. `vitals`: told
    while it answers.
    """
    async with open_service(settings, vitals.meters if vitals else None) as service:
        server = service.server(replace(DEFAULT_LIMITS, connections=connections_limit()))
        address = await server.start()
        ready(service.filled, address)
        async with vitals.of(service) if vitals else nullcontext():
            await _run_until(stop, reload, server)


async def _run_until(stop: asyncio.Event, reload: asyncio.Event, server: Server) -> None:
    try:
        await server.run_until(stop, reload)
    except AcceptLoopEnded as error:
        structlog.get_logger("emo").error("the server takes no more calls, and ends", exc_info=error.__cause__)
        # As a power cut would: what was acknowledged is stored, and running calls may have no end.
        os._exit(SOFTWARE_EXIT)


async def _serve_alone(settings: Settings) -> None:
    with own_folder(settings), _watched(settings) as (ops_address, vitals):
        stop = stop_signal()
        await serve(settings, stop, reload_signal(stop), partial(announce, ops_address=ops_address), vitals)


async def _work(settings: Settings) -> None:
    stop = stop_signal()
    with _watched(settings) as (ops_address, vitals):
        await _work_until(stop, settings, vitals, ops_address)


async def _work_until(stop: asyncio.Event, settings: Settings, vitals: "Vitals | None", ops_address: str) -> None:
    async with (
        open_service(settings, vitals.meters if vitals else None) as service,
        vitals.of(service) if vitals else nullcontext(),
    ):
        structlog.get_logger("emo").info("delivering events and dropping what is over", ops_address=ops_address)
        watching = asyncio.create_task(service.watch.follow())
        try:
            await stop.wait()
        finally:
            await cancel_and_wait(watching)


def _watched(settings: Settings) -> AbstractContextManager[tuple[str, "Vitals | None"]]:
    if not settings.emo_ops_listen:
        return nullcontext(("", None))
    from emo_grpc.hosting.ops.listening import watched_alone  # noqa: PLC0415 - prometheus-client takes long to import

    return watched_alone(settings)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - does not exist on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop
