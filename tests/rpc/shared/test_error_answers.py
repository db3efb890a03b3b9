"""What an error is on the wire."""

import grpc
import pytest
from google.rpc import error_details_pb2

from rpc.shared.conftest import Trial
from rpc.shared.replies import Lines, details, failure, last_line, reason


async def test_violations(trial_server: Trial) -> None:
    """Fields that are wrong are named, at most 20 of them."""
    error = await failure(trial_server, "UnaryUnary", b"invalid")
    request = details(error, error_details_pb2.BadRequest)
    assert [violation.field for violation in request.field_violations] == [f"field_{n}" for n in range(20)]


async def test_huge_error(trial_server: Trial) -> None:
    """However long the texts of an error are, it still fits into the trailers that clients take."""
    error = await failure(trial_server, "UnaryUnary", b"huge")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert 1 <= len(details(error, error_details_pb2.BadRequest).field_violations) <= 20


async def test_quota(trial_server: Trial) -> None:
    """A reached limit says whose it is."""
    error = await failure(trial_server, "UnaryUnary", b"quota")
    assert (error.code(), reason(error)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL")
    assert details(error, error_details_pb2.QuotaFailure).violations[0].subject == "user:1"


async def test_retry(trial_server: Trial) -> None:
    """An engine that is away says when to try again."""
    error = await failure(trial_server, "UnaryUnary", b"away")
    assert details(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 1000


@pytest.mark.parametrize(
    ("header", "locale", "sentence"),
    [
        ("es-ES,es;q=0.9,en;q=0.8", "es", "El servidor no tiene más espacio."),
        ("fr, ca;q=0.5, en;q=0.4", "ca", "El servidor no té més espai."),
        ("fr", "en", "full"),
    ],
)
async def test_languages(trial_server: Trial, header: str, locale: str, sentence: str) -> None:
    """People read the sentence in the best of their languages that we have; in English, the error's own."""
    error = await failure(trial_server, "UnaryUnary", b"quota", metadata=(("accept-language", header),))
    message = details(error, error_details_pb2.LocalizedMessage)
    assert (message.locale, message.message) == (locale, sentence)


async def test_aborted_by_hand(trial_server: Trial, lines: Lines) -> None:
    """A servicer's own abort arrives untouched, and is in the log."""
    error = await failure(trial_server, "UnaryUnary", b"abort")
    assert (error.code(), error.details()) == (grpc.StatusCode.CANCELLED, "by hand")
    assert (await last_line(lines))["code"] == "CANCELLED"


async def test_group(trial_server: Trial) -> None:
    """Of several errors at once the one a caller can act on is told."""
    assert (await failure(trial_server, "UnaryUnary", b"group")).code() is grpc.StatusCode.NOT_FOUND


async def test_not_implemented(trial_server: Trial) -> None:
    """What a servicer leaves out is UNIMPLEMENTED with a reason, and so is a method that nobody knows."""
    assert reason(await failure(trial_server, "UnaryUnary", b"not implemented")) == "NOT_IMPLEMENTED"
    for path in ("/emo.trial.v1.TrialService/Nothing", "/nobody.Knows/This"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await trial_server.stub("unary_unary", path)(b"\xff")
        assert (caught.value.code(), reason(caught.value)) == (grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")


async def test_unknown_methods_are_forgotten(trial_server: Trial, lines: Lines) -> None:
    """A path that a client made up is told shortened."""
    with pytest.raises(grpc.aio.AioRpcError):
        await trial_server.stub("unary_unary", f"/{'x' * 1000}/y")(b"")
    assert len((await last_line(lines))["method"]) == 200


async def test_own_timeout(trial_server: Trial, lines: Lines) -> None:
    """A timeout of the server's own is a fault, since the caller's deadline has not passed."""
    assert (await failure(trial_server, "UnaryUnary", b"timeout")).code() is grpc.StatusCode.INTERNAL
    await last_line(lines)
    assert [line for line in lines if line["event"] == "unexpected error"]


async def test_request_id_of_the_client(trial_server: Trial, lines: Lines) -> None:
    """A client's own request id is kept, handed to the servicer and returned."""
    call = trial_server.call("UnaryUnary", b"who", metadata=(("x-request-id", "abc-1"),))
    assert (await call).value == b"127.0.0.1 abc-1"
    assert dict(await call.trailing_metadata())["x-request-id"] == "abc-1"
    assert (await last_line(lines))["request_id"] == "abc-1"


@pytest.mark.parametrize("offered", [("x" * 129,), ("a b",), ("a", "b"), ("",)])
async def test_bad_request_id(trial_server: Trial, offered: tuple[str, ...]) -> None:
    """One that is too long, not visible ASCII or sent twice is replaced, and the call goes on."""
    call = trial_server.call("UnaryUnary", b"x", metadata=tuple(("x-request-id", value) for value in offered))
    await call
    assert len(dict(await call.trailing_metadata())["x-request-id"]) == 32


async def test_late(trial_server: Trial, lines: Lines) -> None:
    """A timeout after the caller's own deadline is no fault: the line says DEADLINE_EXCEEDED."""
    error = await failure(trial_server, "UnaryUnary", b"late", timeout=0.2)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert (await last_line(lines))["code"] == "DEADLINE_EXCEEDED"
    assert not [line for line in lines if line["event"] == "unexpected error"]
