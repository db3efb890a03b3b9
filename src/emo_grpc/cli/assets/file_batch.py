"""Carries out the same for several files, where one that fails does not keep the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc

from emo_grpc.cli.connection.client_errors import exit_code_of, sentence_of
from emo_grpc.cli.failures import LOCAL, local_sentence
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.client import EmoClientError

NO_ANSWER: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
STOPS_ALL: Final = NO_ANSWER | frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""What stopped one file would stop the next one, too."""


class FileBatch:
    """Prints what fails, and keeps the exit code of the first failure. With a single file, its failure is raised.

    `server`: the address that sentences name.
    """

    def __init__(self, server: str, *, are_several: bool) -> None:
        self._server = server
        self._are_several = are_several
        self.exit_code = 0
        self.reasons: dict[str, str] = {}
        """Of what failed at the server, by names, also if it was raised; empty for what has no reason."""

    @contextmanager
    def attempt(self, name: str, *, stops_all: bool = True) -> Iterator[None]:
        """The work on one of them. Raises EmoClientError if it stops the others too.

        `stops_all` False: the others are through already.
        """
        try:
            yield
        except EmoClientError as error:
            self.reasons[name] = error.reason
            if (stops_all and error.code in STOPS_ALL) or not self._are_several:
                raise
            self._failed(name, sentence_of(error, self._server), exit_code_of(error))
        except OSError as error:
            if not self._are_several:
                raise
            self._failed(name, local_sentence(error), LOCAL)

    def _failed(self, name: str, sentence: str, exit_code: int) -> None:
        print_error(f"{name}: {sentence.removeprefix(f'{name}: ')}")
        self.exit_code = self.exit_code or exit_code
