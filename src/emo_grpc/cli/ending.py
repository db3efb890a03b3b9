"""The one way in which every command ends."""

import traceback
from collections.abc import Callable
from typing import Final

import typer
from typer.exceptions import TyperException

from emo_grpc.cli.failures import BROKEN_PIPE, FAILED, INTERRUPTED, LOCAL, USAGE, Refusal, local_sentence
from emo_grpc.cli.terminal.output import discard_unwritten, finish_output, write_error
from emo_grpc.cli.terminal.printing import print_error

SURROGATE_REASON: Final = "surrogates not allowed"
"""Python's reason when a byte that came from a command line, the environment or a stream is no UTF-8 (PEP 383)."""
NOT_UTF8: Final = (
    "what was given by arguments, environment or standard input is no text in UTF-8; is the terminal's encoding right?"
)


def run_to_exit_code(command: Callable[[], object]) -> int:
    """Run it; gives the exit code. Whatever fails is one line on standard error, but for faults of emo itself."""
    try:
        return _exit_code(command)
    except TyperException as error:
        _print_usage_error(error)
        return error.exit_code
    except Refusal as error:
        print_error(str(error))
        write_error(error.details)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print_error("interrupted")
        return INTERRUPTED
    except OSError as error:
        return _local_failure(error)
    except Exception as error:
        return _unexpected_failure(error)
    finally:
        discard_unwritten()


def _unexpected_failure(error: Exception) -> int:
    if isinstance(error, UnicodeEncodeError) and error.reason == SURROGATE_REASON:
        print_error(NOT_UTF8)
        return USAGE
    write_error(traceback.format_exc())  # for a report of the fault
    print_error("this is a fault of emo itself; please report it with the lines above")
    return FAILED


def _exit_code(command: Callable[[], object]) -> int:
    try:
        found = command()
    except SystemExit as ended:
        # typer and rich end the process themselves when their output is no longer read.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        raise
    finish_output()
    return found if isinstance(found, int) else 0


def _local_failure(error: OSError) -> int:
    if isinstance(error, BrokenPipeError):  # the reader of the output has enough of it
        return BROKEN_PIPE
    print_error(local_sentence(error))
    return LOCAL


def _print_usage_error(error: TyperException) -> None:
    sentence = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    if not sentence:  # the help was asked for, and is shown already
        return
    hint = f"; see {context.command_path} --help" if context else ""
    first = (
        sentence[0] if sentence.partition(" ")[0].isupper() else sentence[0].lower()
    )  # the name of an argument stays
    print_error(f"{first}{sentence[1:]}{hint}")
