"""What others wrote, and we pass on."""

from pathlib import Path

import pytest
from google.rpc import status_pb2

THIRD_PARTY = Path(__file__).resolve().parents[2] / "third_party"
INSTALLED = Path(status_pb2.__file__).parent


@pytest.mark.parametrize("name", ["code.proto", "error_details.proto", "status.proto"])
def test_protos_of_errors_are_those_of_googleapis_common_protos(name: str) -> None:
    """So that all languages read the same; when the locked package has newer ones, they are copied."""
    assert (THIRD_PARTY / "google" / "rpc" / name).read_bytes() == (INSTALLED / name).read_bytes()
