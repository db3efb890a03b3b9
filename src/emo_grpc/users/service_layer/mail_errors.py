"""Why a mail is not sent, beside that the server does not answer now."""

from emo_grpc.shared.service_layer.outbox import Undeliverable


class MailRefused(Undeliverable):
    """The mail server will never take this mail: its address does not exist, or its content is refused."""


class MailerMisconfigured(Exception):
    """No mail goes out before somebody mends a setting. `setting` is its name, `problem` what is wrong, no secret."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem
