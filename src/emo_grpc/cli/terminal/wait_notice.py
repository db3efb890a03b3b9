"""Says why a command takes long."""

from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.client import EmoClientError


class WaitNotice:
    """One line on standard error, at the first wait of a command."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._is_said = False

    def __call__(self, error: EmoClientError | None) -> None:
        """See OnWait."""
        if self._is_said:
            return
        self._is_said = True
        said = error is not None and error.reason and " ".join(error.message.split())
        print_error(f"{said or f'no answer from the server at {self._server}'}; still trying, for up to a minute")
