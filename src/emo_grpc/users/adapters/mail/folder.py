"""Mails as files, for trying out."""

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import structlog

from emo_grpc.shared.adapters.filesystem.folder_sync import make_folder, sync_folder
from emo_grpc.shared.domain.errors import Unavailable
from emo_grpc.users.adapters.mail.messages import message_of
from emo_grpc.users.service_layer.mails.ports import Mail


class MailFolder:
    """Writes each mail as an `.eml` file (RFC 5322) that only this user can read, and says so in the log."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write it, whole or not at all."""
        try:
            path = await asyncio.to_thread(self._write, bytes(message_of(mail, self._sender)))
        except OSError as error:
            raise Unavailable(f"the mail folder can't be written ({type(error).__name__})") from error
        structlog.get_logger("emo.mail").info(
            "no mail server is configured; the mail was written to a file", path=str(path), subject=mail.subject
        )

    def _write(self, content: bytes) -> Path:
        make_folder(self._folder)
        descriptor, draft = tempfile.mkstemp(dir=self._folder, prefix=".draft-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        path = Path(draft).rename(self._folder / f"{stamp}-{draft.rpartition('-')[2]}.eml")
        sync_folder(self._folder)
        return path
