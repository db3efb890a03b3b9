"""Documents of service accounts, as they lie in stores."""

import json
from pathlib import Path

from emo_grpc.service_accounts.adapters.documents.service_account import (
    service_account_from_document,
    service_account_to_document,
)

PAST = Path(__file__).parents[2] / "fixtures" / "documents"


def test_service_accounts_of_version_1() -> None:
    """A service account stored in schema version 1 is read, and written as it was; its secrets are in no repr."""
    raw = json.loads((PAST / "service-account-v1.json").read_text())
    account = service_account_from_document(raw, version=7)
    assert (account.name, account.version, account.etag) == ("printer", 7, "3")
    assert service_account_to_document(account) == raw
    assert raw["keys"][0]["secret_hash"] not in repr(account)
