"""Mails that nobody gets, for servers that keep nothing."""

import structlog

from emo_grpc.users.service_layer.mails.ports import Mail


class LogMailer:
    """Tells each mail's subject in the log, and drops it: its body has a token, its address is somebody's."""

    async def send(self, mail: Mail) -> None:
        """Say that it was dropped."""
        structlog.get_logger("emo.mail").info(
            "no mail server is configured; the mail was dropped", subject=mail.subject
        )
