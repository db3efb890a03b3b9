"""What of an account's document brings its owner back in: mailed tokens, and changes of address."""

from collections.abc import Sequence
from uuid import UUID

from emo_grpc.shared.adapters.schema_versions import require_text
from emo_grpc.shared.adapters.times import stored_time, time_text
from emo_grpc.users.adapters.documents.shapes import EmailChangeDocument, OneTimeTokenDocument
from emo_grpc.users.domain.recovery.email_changes import EmailChange
from emo_grpc.users.domain.recovery.one_time_tokens import OneTimeToken, OneTimeTokens


def tokens_to_document(tokens: OneTimeTokens) -> list[OneTimeTokenDocument]:
    """Write the tokens."""
    return [
        {
            "purpose": token.purpose,
            "subject": token.subject,
            "token_hash": token.token_hash,
            "expire_time": time_text(token.expire_time),
        }
        for token in tokens.tokens
    ]


def tokens_from_document(documents: Sequence[OneTimeTokenDocument]) -> OneTimeTokens:
    """Read the tokens; raises of UNREADABLE."""
    require_text(*(text for token in documents for text in (token["subject"], token["token_hash"])))
    return OneTimeTokens(
        tuple(
            OneTimeToken(token["purpose"], token["subject"], token["token_hash"], stored_time(token["expire_time"]))
            for token in documents
        )
    )


def change_to_document(change: EmailChange) -> EmailChangeDocument:
    """Write a change of address."""
    return {"change_id": str(change.change_id), "email": change.email, "until": time_text(change.until)}


def change_from_document(document: EmailChangeDocument) -> EmailChange:
    """Read a change of address; raises of UNREADABLE."""
    require_text(document["email"])
    return EmailChange(UUID(document["change_id"]), document["email"], stored_time(document["until"]))
