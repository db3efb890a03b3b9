"""What a proxy answers in place of the server, as programs get to see it."""

import pytest

from emo_grpc.client import BytesSource, EmoClient, EmoClientError, ProxyAnswered, RetryPolicy
from unit.cli.fake_proxy import answering
from unit.client.fake_server import PASSWORD

HASTY = RetryPolicy(max_attempts=1)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "UNAUTHENTICATED", "it wants a login of its own"),
        (404, "UNIMPLEMENTED", "it does not pass on what it is asked for"),
        (413, "UNKNOWN", "client_max_body_size 0"),
        (418, "UNKNOWN", "it does not pass the call on"),
        (502, "UNAVAILABLE", "the server behind it does not answer"),
        (503, "UNAVAILABLE", "the server behind it does not answer"),
        (504, "UNAVAILABLE", "its time-out is too short"),
    ],
)
async def test_an_answer_of_http(status: int, code: str, words: str) -> None:
    """It is an error of its own kind, with the status, what it means, and gRPC's code for it."""
    with answering(status) as address:
        async with EmoClient.connect(address) as client:
            with pytest.raises(ProxyAnswered) as caught:
                await client.login("ann", PASSWORD)
    error = caught.value
    assert (error.http_status, error.code.name, error.reason) == (status, code, "")
    assert str(error).startswith(f"a proxy before the server has answered with HTTP {status}: ")
    assert words in str(error)


@pytest.mark.parametrize("status", [413, 502])
async def test_streams_get_it_too(status: int) -> None:
    """While their bytes are under way."""
    with answering(status) as address:
        async with EmoClient.connect(address, retries=HASTY, access_token="a.b.c") as client:
            with pytest.raises(ProxyAnswered) as caught:
                await client.resume_upload("a", BytesSource(b"x" * 10))
    assert caught.value.http_status == status


async def test_a_page_of_another_program() -> None:
    """With status 200 it is no answer of gRPC either, which gRPC tells in words of its own."""
    with answering(200) as address:
        async with EmoClient.connect(address) as client:
            with pytest.raises(EmoClientError) as caught:
                await client.login("ann", PASSWORD)
    assert (caught.value.code.name, caught.value.reason) == ("UNKNOWN", "")
