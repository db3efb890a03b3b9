"""Users who call without end."""

import grpc
from google.rpc.error_details_pb2 import RetryInfo

from emo_grpc.shared.entrypoints.admission.call_rate import BURST_SECONDS
from rpc.shared.conftest import serving_trial
from rpc.shared.replies import details, failure, reason

BEARER = (("authorization", "Bearer user"),)


async def test_a_user_who_calls_without_end_waits() -> None:
    """The call after the burst is refused with when to come back; strangers' calls and one stream's messages go on."""
    async with serving_trial(user_calls_per_second=1) as trial:
        for _ in range(BURST_SECONDS - 1):
            await trial.answers("User", b"x", metadata=BEARER)
        many = [b"x"] * (2 * BURST_SECONDS)
        await trial.answers("PrivateStreamUnary", *many, metadata=BEARER)
        error = await failure(trial, "User", b"x", metadata=BEARER)
        assert (error.code(), reason(error)) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        assert 0 < details(error, RetryInfo).retry_delay.ToTimedelta().total_seconds() <= 1
        for _ in many:
            await trial.answers("Public", b"x")
