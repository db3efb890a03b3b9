"""Turns the errors of the client into one sentence and an exit code."""

from typing import Final

from emo_grpc.cli.connection.connection_options import ConnectionOptions
from emo_grpc.cli.connection.given_credentials import variable_in_use
from emo_grpc.cli.connection.proxy_answers import TOO_LARGE, http_status_of, sentence_of_proxy
from emo_grpc.cli.connection.unreachable import why_unreachable
from emo_grpc.cli.failures import EXIT_CODES, FAILED, NO_HINT, Refusal
from emo_grpc.cli.field_names import with_option_names
from emo_grpc.client import EmoClientError, TargetExists
from emo_grpc.client.errors import DownloadUnderWay

OF_GIVEN: Final = frozenset(
    {"TOKEN_INVALID", "TOKEN_EXPIRED", "SESSION_REVOKED", "FRESH_LOGIN_REQUIRED", "SERVICE_KEY_MISTYPED"}
    | {"SERVICE_KEY_INVALID", "SERVICE_PERMISSION_REQUIRED", "USER_TOKEN_REQUIRED", "NETWORK_NOT_ALLOWED"}
)
"""Reasons that are about what the environment has in place of a login, where it has something."""


def refusal_of(error: EmoClientError, connection: ConnectionOptions) -> Refusal:
    """What ends a command with this error."""
    hint = why_unreachable(connection) if _is_unreachable(error) else NO_HINT
    return Refusal(sentence_of(error, connection.target, hint), exit_code_of(error))


def exit_code_of(error: EmoClientError) -> int:
    """The exit code of a server's error, or of what has answered instead of it."""
    if error.code.name != "UNKNOWN" or error.reason:
        return EXIT_CODES.get(error.code.name, FAILED)
    return EXIT_CODES["RESOURCE_EXHAUSTED" if http_status_of(error) == TOO_LARGE else "UNAVAILABLE"]


def _is_unreachable(error: EmoClientError) -> bool:
    """Whether nothing has answered, neither a server nor a proxy."""
    return error.code.name == "UNAVAILABLE" and not error.reason and http_status_of(error) is None


def sentence_of(error: EmoClientError, server: str, hint: str = NO_HINT) -> str:
    """What to tell a person, and what to do about it; notes that were added to the error follow.

    `hint`: what to do if the server is not reached.
    """
    return "; ".join([_sentence_of(error, server, hint), *getattr(error, "__notes__", ())])


def _sentence_of(error: EmoClientError, server: str, hint: str) -> str:
    if _is_unreachable(error):
        return f"can't reach the server at {server}; {hint}"
    if error.code.name == "DEADLINE_EXCEEDED" and not error.reason:
        return f"the server at {server} did not answer in time; what it has confirmed is safe"
    answered = sentence_of_proxy(error, server)
    if answered is not None:
        return answered
    if (said := _of_credentials(error)) is not None:
        return said
    sentence = " ".join(with_option_names(error.message, error.violations).split())
    if isinstance(error, TargetExists) and not isinstance(error, DownloadUnderWay):
        sentence += "; --force overwrites it"
    if error.retry_after:
        sentence += f" (try again in {error.retry_after.total_seconds():.0f} s)"
    return sentence


def _of_credentials(error: EmoClientError) -> str | None:
    """Of what the caller came in with: what to do about it; None for other errors."""
    if error.reason in OF_GIVEN and (variable := variable_in_use()):
        return f"{error.message}: see {variable}"
    if error.reason == "TOKEN_MISSING":
        return f"{error.message}: run `emo login`, or first `emo register` if you have no account"
    if error.reason in ("TOKEN_INVALID", "SESSION_REVOKED", "FRESH_LOGIN_REQUIRED"):
        return f"{error.message}: run `emo login`"
    return None


def details_of(error: BaseException | None) -> str:
    """Lines with everything that is known of an error of the client; nothing of another one.

    A call that no server has answered has neither reason nor request id.
    """
    if not isinstance(error, EmoClientError):
        return ""
    facts = {"code": error.code.name, "reason": error.reason, "request id": error.request_id, "message": error.message}
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    lines += [f"field {found.field}: {found.description}" for found in error.violations]
    lines += [f"{name}: {value}" for name, value in error.metadata.items()]
    return "".join(f"  {line}\n" for line in lines)
