"""Exit codes, and what a command that fails raises."""

from typing import Final

FAILED: Final = 1
USAGE: Final = 2
LOCAL: Final = 10
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

EXIT_CODES: Final = {
    "UNAUTHENTICATED": 3,
    "PERMISSION_DENIED": 3,
    "NOT_FOUND": 4,
    "ALREADY_EXISTS": 5,
    "FAILED_PRECONDITION": 5,
    "ABORTED": 5,
    "INVALID_ARGUMENT": 6,
    "OUT_OF_RANGE": 6,
    "RESOURCE_EXHAUSTED": 7,
    "UNAVAILABLE": 8,
    "DEADLINE_EXCEEDED": 8,
    "DATA_LOSS": 9,
}
"""By the name of the gRPC status code; any other is 1."""

EXIT_CODES_HELP: Final = (
    "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 not logged in, or not allowed · 4 not found · 5 refused in this "
    "state · 6 invalid value · 7 quota or limit · 8 server not reachable · 9 data damaged · 10 local file · "
    "69 can't start here · 70 the server broke · 78 wrong settings · 130 interrupted · 141 nobody reads the output"
)

NO_HINT: Final = "is it running, and is the address right?"


class Refusal(Exception):
    """A command that can't be carried out, in one sentence, with its exit code.

    `details`: lines that follow the sentence, for --debug.
    """

    def __init__(self, sentence: str, exit_code: int = USAGE) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
        self.details = ""


def local_sentence(error: OSError) -> str:
    """What is wrong with which file; notes that were added to the error follow."""
    from emo_grpc.cli.config_folder import sentence_of_folder  # noqa: PLC0415 - it needs this module

    why = str(error.strerror or error)
    name = f"{error.filename}: " if error.filename else ""
    return "; ".join([sentence_of_folder(error.filename, why) or f"{name}{why}", *getattr(error, "__notes__", ())])
