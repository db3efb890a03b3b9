"""The small rules of the client."""

from pathlib import Path

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo.assets.v1.assets_pb2 import (
    Asset,
    DownloadAssetResponse,
    DownloadChunk,
    DownloadHeader,
    File,
)
from emo_grpc.chunk_frame import ChunkFrame
from emo_grpc.client import BytesSource, Tls, describe_file, is_loopback, safe_file_name
from emo_grpc.client.transfers.download import parse_download
from emo_grpc.client.transfers.running_crc import STEP_BYTES, RunningCrc


def test_messages_of_a_download_are_read() -> None:
    """Headers are headers, chunks are chunks in whatever layout, and nothing is None."""
    header = DownloadHeader(file=File(name="a"), length=3)
    assert parse_download(DownloadAssetResponse(header=header).SerializeToString()) == header
    assert parse_download(b"") is None
    chunk = DownloadAssetResponse(chunk=DownloadChunk(data=b"abc", crc32c=7))
    assert parse_download(chunk.SerializeToString()) == ChunkFrame(b"abc", 7)
    swapped = DownloadChunk(crc32c=7).SerializeToString() + DownloadChunk(data=b"abc").SerializeToString()
    assert parse_download(bytes([0x12, len(swapped)]) + swapped) == ChunkFrame(b"abc", 7)


@given(st.text())
def test_safe_names_are_single_components(name: str) -> None:
    """Whatever was suggested, the name stays in its folder and can be written."""
    safe = safe_file_name(name, "fallback")
    assert Path(safe).name == safe
    assert safe not in ("", ".", "..")
    assert not safe.startswith((".", "-", "~"))
    assert safe == safe.strip()
    assert safe_file_name(safe, "fallback") == safe
    assert "\\" not in safe
    assert safe.isprintable() or not safe.isascii()
    assert len(safe.encode()) <= 200


@pytest.mark.parametrize(
    ("suggested", "expected"),
    [
        ("beach.mp4", "beach.mp4"),
        ("Ferien am Meer 2026.jpeg", "Ferien am Meer 2026.jpeg"),
        ("/etc/passwd", "_etc_passwd"),
        ("..\\..\\x", "_._x"),
        (".bashrc", "bashrc"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("a\nb\x00c", "a_b_c"),
        ("gpj\u202e.exe", "gpj_.exe"),
        ("trailing. . ", "trailing"),
        ("...", "fallback"),
        ("", "fallback"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
        ("é" * 150, "é" * 100),
        ("-rf", "_rf"),
        ("--help", "_-help"),
        (".-rf", "_rf"),
        ("~", "fallback"),
        ("~root", "_root"),
        ("a-b~c", "a-b~c"),
        ("con .txt", "_con.txt"),
        ("trailing\u00a0\u3000", "trailing"),
        ("\u3164\u2800", "fallback"),
        ("film.part", "film.part"),
        (f"film.mp4.{'0a' * 16}.part", f"film.mp4.{'0a' * 16}_part"),
        (f"film.mp4.{'0A' * 16}.PART", f"film.mp4.{'0A' * 16}_part"),
        ("n" * 255, "n" * 200),
    ],
)
def test_safe_names(suggested: str, expected: str) -> None:
    """Good names stay as they are, dangerous ones lose their danger."""
    assert safe_file_name(suggested, "fallback") == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("localhost:50051", True),
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("[::1]:50051", True),
        ("dns:///localhost:50051", True),
        ("unix:/run/emo.sock", True),
        ("localhost", True),
        ("192.168.1.2:50051", False),
        ("emo.example:443", False),
        ("localhost.evil.example:1", False),
        ("[2001:db8::1]:1", False),
    ],
)
def test_what_stays_on_this_machine(target: str, expected: bool) -> None:
    """Only such targets are spoken to in plaintext without being told."""
    assert is_loopback(target) is expected


def test_a_client_certificate_needs_its_key() -> None:
    """Half a pair is refused at once."""
    with pytest.raises(ValueError, match="key file"):
        Tls(cert_file=Path("cert.pem"))


@pytest.mark.parametrize(
    ("path", "name", "title", "content_type"),
    [
        ("trip/beach.mp4", "beach.mp4", "beach", "video/mp4"),
        ("no-extension", "no-extension", "no-extension", "application/octet-stream"),
        ("a\tb\udcff.txt", "a\ufffdb\ufffd.txt", "a\ufffdb\ufffd", "text/plain"),
        (" .jpg", " .jpg", ".jpg", "image/jpeg"),
    ],
)
def test_files_describe_themselves(path: str, name: str, title: str, content_type: str) -> None:
    """Name, title and content type come from the path, as valid text."""
    asset = describe_file(Path(path))
    assert (asset.file.name, asset.title, asset.file.content_type) == (name, title, content_type)


def test_what_is_known_of_a_file_is_kept() -> None:
    """Only what is missing is filled in, in a copy."""
    known = Asset(title="Our day", file=File(content_type="video/x"))
    asset = describe_file(Path("a.mp4"), known, size_bytes=5)
    assert (asset.title, asset.file.content_type, asset.file.size_bytes) == ("Our day", "video/x", 5)
    assert not known.file.name


@given(st.lists(st.integers(1, STEP_BYTES), max_size=5), st.integers(0, 5 * STEP_BYTES))
def test_a_running_crc_goes_back_without_reading_all(sizes: list[int], back: int) -> None:
    """After going back it is at an offset at or before the wanted one, with the right value."""
    data = bytes(sum(sizes))
    crc = RunningCrc()
    start = 0
    for size in sizes:
        crc.add(data[start : start + size])
        start += size
    crc.rewind(back)
    assert crc.offset <= max(back, 0)
    assert crc.value == google_crc32c.value(data[: crc.offset])


async def test_bytes_are_read_from_any_offset() -> None:
    """A source in memory gives the rest, in chunks."""
    source = BytesSource(bytes(3 * 1024 * 1024 + 5))
    assert [len(chunk) async for chunk in source.read_from(1024 * 1024 + 1)] == [1024 * 1024, 1024 * 1024, 4]
