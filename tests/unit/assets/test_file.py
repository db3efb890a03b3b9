"""The rules of files."""

import pytest

from emo_grpc.assets.domain.file import MAX_FILE_BYTES, AssetKind, File, kind_of
from emo_grpc.shared.domain.errors import InvalidArgument


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/jpeg", AssetKind.PHOTO),
        ("image/svg+xml", AssetKind.PHOTO),
        ("video/mp4", AssetKind.VIDEO),
        ("audio/ogg", AssetKind.AUDIO),
        ("text/plain", AssetKind.DOCUMENT),
        ("application/pdf", AssetKind.DOCUMENT),
        ("application/vnd.oasis.opendocument.text", AssetKind.DOCUMENT),
        ("application/zip", AssetKind.OTHER),
        ("application/octet-stream", AssetKind.OTHER),
        ("images/x", AssetKind.OTHER),
    ],
)
def test_the_kind_follows_the_content_type(content_type: str, kind: AssetKind) -> None:
    """The family tells, and for application/* a list of documents."""
    assert kind_of(content_type) is File(name="x", content_type=content_type).kind is kind


@pytest.mark.parametrize("name", ["x", "x" * 255, "../../etc/passwd", "C:\\con", ".", "été 🙂.jpg"])
def test_a_name_is_text(name: str) -> None:
    """Whatever a file system would think of it."""
    assert File(name=name).name == name


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\x00b", "a\nb", "\x7f"])
def test_names_that_are_not_text_are_refused(name: str) -> None:
    """Blank, too long, or with control characters."""
    with pytest.raises(InvalidArgument, match=r"asset\.file\.name"):
        File(name=name)


@pytest.mark.parametrize("content_type", ["image/jpeg", "application/vnd.api+json", "a/" + "b" * 125])
def test_media_types_are_fine(content_type: str) -> None:
    """As RFC 6838 has them, up to 127 characters."""
    assert File(name="x", content_type=content_type).content_type == content_type


@pytest.mark.parametrize(
    "content_type",
    ["", "image", "image/", "/jpeg", "Image/jpeg", "a/b/c", "image/*", "a/b; charset=x", "é/x", "a/" + "b" * 126],
)
def test_other_content_types_are_refused(content_type: str) -> None:
    """No parameters, wildcards or capitals."""
    with pytest.raises(InvalidArgument, match="content_type"):
        File(name="x", content_type=content_type)


@pytest.mark.parametrize("size", [-1, MAX_FILE_BYTES + 1])
def test_sizes_have_limits(size: int) -> None:
    """From 0 to 1 TiB."""
    with pytest.raises(InvalidArgument, match="size_bytes"):
        File(name="x", size_bytes=size)
    File(name="x", size_bytes=MAX_FILE_BYTES)
