"""Turns failures into one line and an exit code."""

import asyncio
import traceback
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from emo_grpc.cli.field_names import in_words_of_the_command
from emo_grpc.cli.terminal.output import write_error
from emo_grpc.cli.terminal.printing import print_error

if TYPE_CHECKING:
    from emo_grpc.cli.connection.remote import Connection
    from emo_grpc.client import EmoClientError

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
    """A command that can't be carried out, in one sentence, with its exit code."""

    def __init__(self, sentence: str, exit_code: int = USAGE) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def run(
    command: Coroutine[None, None, None], connection: "Connection", *, debug: bool, resumable: bool = False
) -> None:
    """Run a command to its end, or end the process with one line on standard error."""
    try:
        from emo_grpc.cli.connection.unreachable import why_unreachable  # noqa: PLC0415 - as below
        from emo_grpc.client import EmoClientError  # noqa: PLC0415 - only commands that talk to a server need it
    except BaseException:
        command.close()  # or Python would tell of it
        raise
    try:
        asyncio.run(command)
    except EmoClientError as error:
        hint = why_unreachable(connection) if is_unreachable(error) else NO_HINT
        sentence = sentence_of(error, connection.target, hint)
        exit_with(sentence, exit_code_of(error), debug=debug, details=details_of(error))
    except Refusal as error:
        exit_with(str(error), error.exit_code, debug=debug)
    except BrokenPipeError:
        raise typer.Exit(BROKEN_PIPE) from None
    except OSError as error:
        exit_with(local_sentence(error), LOCAL, debug=debug)
    except KeyboardInterrupt:
        hint = "; run the same command again to go on" if resumable else ""
        exit_with(f"interrupted{hint}", INTERRUPTED, debug=False)


def exit_with(sentence: str, exit_code: int, *, debug: bool, details: str = "") -> NoReturn:
    """Print one line on standard error, and end with this exit code; `debug` adds the traceback."""
    print_error(sentence)
    if debug:
        write_error(details + traceback.format_exc())
    raise typer.Exit(exit_code) from None


def exit_code_of(error: "EmoClientError") -> int:
    """The exit code of a server's error, or of what has answered instead of it."""
    from emo_grpc.cli.connection.proxy_answers import TOO_LARGE, http_status_of  # noqa: PLC0415 - see app

    if error.code.name != "UNKNOWN" or error.reason:
        return EXIT_CODES.get(error.code.name, FAILED)
    return EXIT_CODES["RESOURCE_EXHAUSTED" if http_status_of(error) == TOO_LARGE else "UNAVAILABLE"]


def is_unreachable(error: "EmoClientError") -> bool:
    """Whether nothing has answered, neither a server nor a proxy."""
    from emo_grpc.cli.connection.proxy_answers import http_status_of  # noqa: PLC0415 - see app

    return error.code.name == "UNAVAILABLE" and not error.reason and http_status_of(error) is None


def sentence_of(error: "EmoClientError", server: str, hint: str = NO_HINT) -> str:
    """What to tell a person, and what to do about it; notes that were added to the error follow.

    `hint`: what to do if the server is not reached.
    """
    return "; ".join([_sentence_of(error, server, hint), *getattr(error, "__notes__", ())])


def _sentence_of(error: "EmoClientError", server: str, hint: str) -> str:
    from emo_grpc.cli.connection.proxy_answers import sentence_of_proxy  # noqa: PLC0415 - see app
    from emo_grpc.client.errors import DownloadUnderWay, TargetExists  # noqa: PLC0415 - see run

    if is_unreachable(error):
        return f"can't reach the server at {server}; {hint}"
    if error.code.name == "DEADLINE_EXCEEDED" and not error.reason:
        return f"the server at {server} did not answer in time; what it has confirmed is safe"
    answered = sentence_of_proxy(error, server)
    if answered is not None:
        return answered
    if error.reason == "TOKEN_MISSING":
        return f"{error.message}: run `emo login`, or first `emo register` if you have no account"
    if error.reason in ("TOKEN_INVALID", "SESSION_REVOKED", "FRESH_LOGIN_REQUIRED"):
        return f"{error.message}: run `emo login`"
    sentence = " ".join(in_words_of_the_command(error.message, error.violations).split())
    if isinstance(error, TargetExists) and not isinstance(error, DownloadUnderWay):
        sentence += "; --force overwrites it"
    if error.retry_after:
        sentence += f" (try again in {error.retry_after.total_seconds():.0f} s)"
    return sentence


def details_of(error: "EmoClientError") -> str:
    """Everything that is known, for --debug."""
    lines = [f"code: {error.code.name}", f"reason: {error.reason}", f"request id: {error.request_id}"]
    lines += [f"message: {error.message}"]
    lines += [f"field {found.field}: {found.description}" for found in error.violations]
    lines += [f"{name}: {value}" for name, value in error.metadata.items()]
    return "".join(f"  {line}\n" for line in lines)


def local_sentence(error: OSError) -> str:
    """What is wrong with which file; notes that were added to the error follow."""
    from emo_grpc.cli.config_folder import sentence_of_folder  # noqa: PLC0415 - it needs this module

    why = str(error.strerror or error)
    name = f"{error.filename}: " if error.filename else ""
    return "; ".join([sentence_of_folder(error.filename, why) or f"{name}{why}", *getattr(error, "__notes__", ())])
