"""How parts wait to be sent to S3, and what its refusals and settings are told as."""

import io
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.assets.adapters.s3.blob_store import S3BlobStore
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3.bucket_check import BucketUnusable, check_bucket
from emo_grpc.assets.adapters.s3.extents import part_start, stored_range
from emo_grpc.assets.adapters.s3.part_body import PartBody
from emo_grpc.assets.adapters.s3.part_buffers import BUFFER_SIZE, PartBuffers
from emo_grpc.assets.adapters.s3.part_sink import S3PartSink
from emo_grpc.assets.adapters.s3.volumes import Volume
from emo_grpc.assets.domain.errors import BlobNotFound
from emo_grpc.assets.domain.ids import BlobKey
from emo_grpc.assets.domain.layout import HEADER_SIZE, FileLayout
from emo_grpc.shared.domain.errors import EmoError, StorageFull, Unavailable
from s3_server import S3Server
from sinks import write

from .world import some_bytes

NO_SERVER = S3Location("bucket", "http://127.0.0.1:1", "us-east-1", "access", "secret")


class Refusing(BaseHTTPRequestHandler):
    """Answers everything with one error of S3."""

    status, code = 403, "AccessDenied"

    def answer(self) -> None:
        body = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>".encode() if self.code else b""
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server names them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def refusing(status: int, code: str) -> Iterator[S3Bucket]:
    handler = type("Answer", (Refusing,), {"status": status, "code": code})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        bucket = S3Bucket(replace(NO_SERVER, url=f"http://127.0.0.1:{server.server_port}"))
        try:
            yield bucket
        finally:
            bucket.close()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "QuotaExceeded", StorageFull),
        (507, "InsufficientStorage", StorageFull),
        (404, "NoSuchUpload", BlobNotFound),
        (503, "SlowDown", Unavailable),
        (500, "InternalError", Unavailable),
    ],
)
def test_refusals_are_told_in_our_words(status: int, code: str, expected: type[EmoError]) -> None:
    """Whoever calls the port knows from the error whether to wait, to make room or to begin again."""
    with refusing(status, code) as bucket, pytest.raises(expected) as caught:
        bucket.begin_upload("name")
    assert (caught.value.retry_after is not None) == (expected is Unavailable)


def test_only_the_store_itself_says_that_something_is_gone() -> None:
    """A 404 without a reason comes from a proxy that lost its store, but for HEAD, which has none: nothing is gone."""
    with refusing(404, "") as bucket:
        for attempt in (
            lambda: bucket.put_part("name", "id", 1, PartBody(memoryview(b"x"))),
            lambda: bucket.check_upload("name", "id"),
            lambda: bucket.complete_upload("name", "id", {1: "e"}),
            lambda: bucket.get("name", 0, 5),
        ):
            with pytest.raises(Unavailable):
                attempt()
        with pytest.raises(BlobNotFound):
            bucket.head("name")


def test_a_denial_is_for_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    """Users are told that the store does not answer now; the log says that it was refused, and what."""
    with caplog.at_level(logging.ERROR), refusing(403, "AccessDenied") as bucket, pytest.raises(Unavailable) as caught:
        bucket.begin_upload("name")
    assert "AccessDenied" not in caught.value.message
    assert "refused CreateMultipartUpload: AccessDenied" in caplog.text


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("AccessDenied", "the access key may not list multipart uploads in the bucket bucket"),
        ("InvalidAccessKeyId", "does not know the access key"),
        ("SignatureDoesNotMatch", "secret key is not that of the access key"),
        ("NoSuchBucket", "there is no bucket bucket"),
        ("InvalidBucketName", "refuses to list multipart uploads in the bucket bucket: InvalidBucketName"),
    ],
)
def test_the_start_says_what_is_wrong(code: str, sentence: str) -> None:
    """Each mistake in the settings or rights has a sentence that says what to change."""
    with refusing(403, code) as bucket, pytest.raises(BucketUnusable, match=sentence):
        check_bucket(bucket)


def test_a_store_that_does_not_answer_may_later() -> None:
    """The start tells a store that is away, or gives errors, from one that will never do."""
    with pytest.raises(Unavailable, match="does not answer"):
        check_bucket(S3Bucket(NO_SERVER))
    with refusing(503, "SlowDown") as bucket, pytest.raises(Unavailable, match="gives errors"):
        check_bucket(bucket)


def test_a_start_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key in the settings and none where boto3 looks is said so."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(BucketUnusable, match="no credentials"):
        check_bucket(S3Bucket(replace(NO_SERVER, access_key=None, secret_key=None)))


def test_a_name_that_no_bucket_has() -> None:
    """It is told in a sentence; botocore's own is a page of rules."""
    with pytest.raises(BucketUnusable, match=r"^arn:nonsense is no name of a bucket$"):
        check_bucket(S3Bucket(replace(NO_SERVER, bucket="arn:nonsense")))


async def test_a_good_bucket_is_left_as_it_was(s3: S3Server, s3_location: S3Location) -> None:
    """The check passes on a bucket that can be used, leaves nothing in it, and misses one that is not there."""
    check_bucket(S3Bucket(s3_location))
    store = S3BlobStore(S3Bucket(s3_location))
    assert [found async for found in store.list_unfinished()] == []
    assert [blob async for blob in store.list_complete()] == []
    store.close()
    with pytest.raises(BucketUnusable, match="there is no bucket emo-nowhere"):
        check_bucket(S3Bucket(s3.location("emo-nowhere")))


def test_secrets_are_not_shown() -> None:
    """What says where the bucket is may be logged."""
    assert "secret" not in repr(replace(NO_SERVER, secret_key="a-secret-key")).replace("secret_key", "")


Sink = Callable[[PartBuffers], S3PartSink]


@pytest.fixture
def sink(s3_location: S3Location) -> Sink:
    bucket = S3Bucket(s3_location)
    volume = Volume(BlobKey.new(), 1, "")
    volume = replace(volume, upload_id=bucket.begin_upload(volume.name))

    def made(buffers: PartBuffers) -> S3PartSink:
        def finished(etag: str) -> str:
            bucket.complete_upload(volume.name, volume.upload_id, {7: etag})
            return volume.name

        return S3PartSink(bucket, volume, volume, 7, buffers=buffers, token_of=finished, complete=lambda _: None)

    return made


@pytest.mark.parametrize("size", [1, BUFFER_SIZE, BUFFER_SIZE + 1])
@pytest.mark.parametrize("buffers", [0, 1])
def test_parts_that_wait_take_bounded_memory(s3_location: S3Location, sink: Sink, buffers: int, size: int) -> None:
    """A part is sent whole whether it waits in a buffer or, with all of them in use or too small, in a file."""
    room, data = PartBuffers(buffers), b"12345678" * (size // 8 + 1)
    part = sink(room)
    assert room.take() is None
    for offset in range(0, size, 1 << 20):
        write(part, memoryview(data)[offset : min(size, offset + (1 << 20))])
    name = part.commit()
    assert S3Bucket(s3_location).get(name, 0, size + 1).read() == data[:size]
    assert sum(room.take() is not None for _ in range(3)) == buffers


def test_a_part_is_read_like_a_file() -> None:
    """Boto3 reads a part once to sign it, looks for its size, and begins again when it has to send it again."""
    data = some_bytes(1000)
    body = PartBody(memoryview(data))
    for file in (body, io.BytesIO(data)):
        assert (file.read(300), file.tell(), file.read()) == (data[:300], 300, data[300:])
        assert (file.seek(0, io.SEEK_END), file.read()) == (1000, b"")
        assert (file.seek(-10, io.SEEK_CUR), file.read()) == (990, data[990:])
        assert (file.seek(0), file.read(1001)) == (0, data)


def test_no_room_for_a_part_that_waits(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no room for files says so, and gives the memory back."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    room = PartBuffers(1)
    part = sink(room)
    with pytest.raises(StorageFull):
        write(part, bytes(BUFFER_SIZE + 1))
    part.discard()
    assert room.take() is not None


def test_a_machine_that_is_full(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that can be made and not be written is told of as well, and gives the memory back."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: open("/dev/full", "wb"))  # noqa: PTH123, SIM115 - as that one
    room = PartBuffers(1)
    part = sink(room)
    write(part, b"a")
    with pytest.raises(StorageFull):
        write(part, bytes(BUFFER_SIZE))
    part.discard()
    assert room.take() is not None


@given(st.data())
def test_the_range_that_is_asked_for_has_all_segments(data: st.DataObject) -> None:
    """One request brings just the stored bytes of the segments that hold a range."""
    layout = FileLayout(data.draw(st.integers(1, 5 << 20)), data.draw(st.sampled_from([1 << 20, 3 << 20, 8 << 20])))
    offset = data.draw(st.integers(0, layout.size - 1))
    length = data.draw(st.integers(0, layout.size))
    found = list(layout.segments(offset, length or layout.size))
    first, last = found[0], found[-1]
    start = part_start(layout, first.part) + (0 if first.offset == HEADER_SIZE else first.offset)
    end = part_start(layout, last.part) + last.offset + last.length
    assert stored_range(layout, offset, length) == range(start, end)
