"""What an S3 says when it can't, in our words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from emo_grpc.assets.domain.errors import BlobNotFound, StoredFileCorrupt
from emo_grpc.shared.domain.errors import EmoError, StorageFull, Unavailable

RETRY_AFTER: Final = timedelta(seconds=2)

MISSING: Final = {"NoSuchUpload", "NoSuchKey"}
BARE: Final = {"404", "NotFound"}
"""What an answer without a body gives. To HEAD there is none; elsewhere a proxy said it, who knows nothing of files."""

FULL: Final = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"}
REFUSED_PARTS: Final = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall"}
OUT_OF_RANGE: Final = {"InvalidRange", "416"}

log = logging.getLogger(__name__)


class PartsRefused(BlobNotFound):
    """The upload does not have just the parts that it should be completed with."""


class RangeMissing(StoredFileCorrupt):
    """The object ends before the bytes that are wanted."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the errors of botocore into ours."""
    try:
        yield
    except ClientError as error:
        raise _answered(error) from error
    except (BotoCoreError, OSError) as error:
        log.warning("the file store does not answer: %s", error)
        raise Unavailable("the file store does not answer", retry_after=RETRY_AFTER) from error


def error_code(error: ClientError) -> str:
    """The code of the answer, or its HTTP status where it came without a body, as for HEAD."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _answered(error: ClientError) -> EmoError:
    code = error_code(error)
    if code in MISSING or (code in BARE and error.operation_name == "HeadObject"):
        return BlobNotFound("there is no such upload or object")
    if code in REFUSED_PARTS:
        return PartsRefused("a part of the upload is gone")
    if code in OUT_OF_RANGE:
        return RangeMissing("the stored file is shorter than it should be")
    if code in FULL:
        return StorageFull("the file store has no room left")
    # Denied and misconfigured too: the operator sees that, and puts it right.
    log.error("the file store refused %s: %s", error.operation_name, code)
    return Unavailable("the file store refuses to answer now", retry_after=RETRY_AFTER)
