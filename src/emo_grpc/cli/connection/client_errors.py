"""Turns the errors of the client into one sentence and an exit code."""

from typing import Final

from emo_grpc.cli.connection.connection_options import DEFAULT_SERVER, ConnectionOptions, remembered
from emo_grpc.cli.connection.given_credentials import variable_in_use
from emo_grpc.cli.connection.hints import hint_of
from emo_grpc.cli.failures import EXIT_CODES, FAILED, NO_HINT, Refusal
from emo_grpc.cli.field_names import with_option_names
from emo_grpc.client import EmoClientError, ProxyAnswered, TargetExists, Unreachable
from emo_grpc.client.errors import DownloadUnderWay

TOO_MUCH: Final = (413, 429)
"""Statuses of HTTP that are about a limit."""
OF_GIVEN: Final = frozenset(
    {"TOKEN_INVALID", "TOKEN_EXPIRED", "SESSION_REVOKED", "FRESH_LOGIN_REQUIRED", "SERVICE_KEY_MISTYPED"}
    | {"SERVICE_KEY_INVALID", "SERVICE_PERMISSION_REQUIRED", "USER_TOKEN_REQUIRED", "NETWORK_NOT_ALLOWED"}
)
"""Reasons that are about what the environment has in place of a login, where it has something."""


def refusal_of(error: EmoClientError, connection: ConnectionOptions) -> Refusal:
    """What ends a command with this error."""
    return Refusal(sentence_of(error, connection.target), exit_code_of(error))


def exit_code_of(error: EmoClientError) -> int:
    """The exit code of a server's error, or of what has answered instead of it."""
    if isinstance(error, ProxyAnswered):
        return EXIT_CODES["RESOURCE_EXHAUSTED" if error.http_status in TOO_MUCH else "UNAVAILABLE"]
    if _is_no_server(error):
        return EXIT_CODES["UNAVAILABLE"]
    return EXIT_CODES.get(error.code.name, FAILED)


def sentence_of(error: EmoClientError, server: str) -> str:
    """What to tell a person, and what to do about it; notes that were added to the error follow."""
    return "; ".join([_sentence_of(error, server), *getattr(error, "__notes__", ())])


def _is_no_server(error: EmoClientError) -> bool:
    """Whether something else has answered, with what is no answer of gRPC."""
    return error.code.name == "UNKNOWN" and not error.reason


def _sentence_of(error: EmoClientError, server: str) -> str:
    if isinstance(error, ProxyAnswered):
        return error.message.replace("before the server", f"before the server at {server}", 1)
    if error.code.name == "UNAVAILABLE" and not error.reason:
        hint = hint_of(error, server) if isinstance(error, Unreachable) else NO_HINT
        return f"can't reach the server at {server}; {hint}"
    if error.code.name == "DEADLINE_EXCEEDED" and not error.reason:
        return f"the server at {server} did not answer in time; what it has confirmed is safe"
    if _is_no_server(error):
        return f"what answers at {server} is no server of emo, or a proxy that does not pass gRPC on: {error.message}"
    if (said := _of_credentials(error, server) or _of_version(error, server)) is not None:
        return said
    sentence = " ".join(with_option_names(error.message, error.violations).split())
    if isinstance(error, TargetExists) and not isinstance(error, DownloadUnderWay):
        sentence += "; --force overwrites it"
    if error.retry_after:
        sentence += f" (try again in {error.retry_after.total_seconds():.0f} s)"
    return sentence


def _of_version(error: EmoClientError, server: str) -> str | None:
    if error.code.name != "UNIMPLEMENTED" or error.reason:
        return None
    return f"the server at {server} is older than this emo, and can't do that; `emo version --server` says what it is"


def _of_credentials(error: EmoClientError, server: str) -> str | None:
    """Of what the caller came in with: what to do about it; None for other errors."""
    if error.reason in OF_GIVEN and (variable := variable_in_use()):
        return f"{error.message}: see {variable}"
    where = "" if server == (remembered().server or DEFAULT_SERVER) else f" --server {server}"
    if error.reason == "TOKEN_MISSING":
        login, register = f"`emo{where} login`", f"`emo{where} register`"
        return f"you are not logged in at {server}: run {login}, or first {register} if you have no account"
    if error.reason in ("TOKEN_INVALID", "SESSION_REVOKED", "FRESH_LOGIN_REQUIRED"):
        return f"{error.message}: run `emo{where} login`"
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
