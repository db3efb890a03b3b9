"""The certificates that the port shows, which are read anew while the server runs."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

import grpc
import structlog

from emo_grpc.settings import CannotStart, Settings
from emo_grpc.settings.tls_contents import TlsContents
from emo_grpc.shared.entrypoints.tls.expiry import ExpiryNotice
from emo_grpc.shared.entrypoints.tls.usable_keys import is_usable, not_usable
from emo_grpc.shared.service_layer.cancellation import cancel_and_wait
from emo_grpc.shared.service_layer.clock import Clock, utc_now

LOOK_EVERY: Final = timedelta(seconds=5)


class ServedCertificates:
    """Those of TLS_CERT_FILE and its companions, as they were last found sound.

    gRPC asks for them at every handshake, so connections that are open keep theirs. With `authority` clients must show
    a certificate that it vouches for (mutual TLS).
    """

    def __init__(self, certificate: Path, key: Path, authority: Path | None, clock: Clock = utc_now) -> None:
        self._paths = (certificate, key, authority)
        self._clock = clock
        self._notice = ExpiryNotice()
        self._complaint, self._is_told = "", False
        try:
            self._current = TlsContents.read(*self._paths)
        except ValueError as error:
            raise CannotStart(f"{error}") from None
        # The next handshake takes it, on a thread of gRPC. What it did not take before something newer came is dropped.
        self._next: deque[grpc.ServerCertificateConfiguration] = deque(maxlen=1)
        self.credentials = grpc.dynamic_ssl_server_credentials(
            _configuration(self._current),
            self._newest,  # type: ignore[arg-type]  # None = no change, which the stubs leave out
            require_client_authentication=authority is not None,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Read the files that the settings name; None for a plaintext port.

        Raises CannotStart for a file that has changed for the worse since the settings were checked: a server that was
        meant to be safe never starts unsafe.
        """
        if settings.tls_cert_file is None or settings.tls_key_file is None:
            return None
        return cls(settings.tls_cert_file, settings.tls_key_file, settings.tls_client_ca_file)

    @property
    def refusal(self) -> str:
        """Why gRPC can't use them; empty if it can."""
        return "" if is_usable(self._current) else not_usable(self._paths[0])

    async def follow(self, asked: asyncio.Event, every: timedelta = LOOK_EVERY) -> None:
        """Look at the files whenever that is asked for, and every few seconds, until cancelled.

        Files are looked at and not watched: of a mounted secret or a symbolic link another folder changes.
        """
        while True:
            self._notice.tell(self._current.expires, self._clock())
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), every.total_seconds())
            is_asked = asked.is_set()
            asked.clear()
            await self.look(is_asked=is_asked)

    async def look(self, *, is_asked: bool) -> None:
        """Take over what the files hold now, if it has changed and is sound; otherwise say so, and keep what there is.

        A pair whose second half is still being written is no pair: what is wrong counts when it is seen twice, or when
        somebody has asked to have it read (`is_asked`).
        """
        try:
            found = await asyncio.to_thread(TlsContents.read, *self._paths)
        except ValueError as error:
            self._complain(str(error), at_once=is_asked)
            return
        if found == self._current:
            self._complaint = ""
            if is_asked:
                structlog.get_logger("emo").info("the certificates are unchanged")
        elif not is_usable(found):
            self._complain(not_usable(self._paths[0]), at_once=is_asked)
        else:
            self._take(found)

    def _take(self, found: TlsContents) -> None:
        self._current, self._complaint = found, ""
        self._next.append(_configuration(found))
        expires = {name.lower().removesuffix("_file"): end.isoformat() for name, end in found.expires.items()}
        structlog.get_logger("emo").info("new certificates are shown from now on", **expires)

    def _complain(self, sentence: str, *, at_once: bool) -> None:
        is_first = sentence != self._complaint
        if is_first:
            self._complaint, self._is_told = sentence, False
        if at_once or not (is_first or self._is_told):
            self._is_told = True
            structlog.get_logger("emo").error("the old certificates stay, for the new ones are no good", error=sentence)

    def _newest(self) -> grpc.ServerCertificateConfiguration | None:
        with suppress(IndexError):
            return self._next.pop()
        return None


@asynccontextmanager
async def following(certificates: ServedCertificates | None, asked: asyncio.Event) -> AsyncIterator[None]:
    """Follow their files while the block runs."""
    task = asyncio.create_task(certificates.follow(asked)) if certificates else None
    try:
        yield
    finally:
        if task is not None:
            await cancel_and_wait(task)


def _configuration(contents: TlsContents) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(contents.key, contents.certificate)], root_certificates=contents.authority
    )
