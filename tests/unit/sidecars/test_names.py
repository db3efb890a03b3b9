"""Which sidecar belongs to which file."""

import pytest

from emo_grpc.sidecars.takeout_names import TakeoutNames
from emo_grpc.sidecars.xmp_names import XmpNames

LONG = "Screenshot_20190704-120000_A long name of an app that nobody reads.jpg"


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [
        ("IMG.jpg", "IMG.jpg.json"),
        ("IMG.jpg", "IMG.jpg.supplemental-metadata.json"),
        ("IMG_20190704_120000123_HDR.jpg", "IMG_20190704_120000123_HDR.jpg.supplemental-m.json"),
        ("IMG_20190704_120000123_BURST001_COVER_T.jpg", "IMG_20190704_120000123_BURST001_COVER_T.jpg.su.json"),
        ("IMG_20190704_120000123_BURST001_COVER_TO.jpg", "IMG_20190704_120000123_BURST001_COVER_TO.jpg..json"),
        (LONG, f"{LONG[:46]}.json"),
        ("IMG(1).jpg", "IMG.jpg(1).json"),
        ("IMG(1).jpg", "IMG.jpg.supplemental-metadata(1).json"),
        ("IMG(1).jpg", "IMG.jpg.supplemental-met(1).json"),
        ("IMG(1).jpg", "IMG(1).jpg.json"),
        ("IMG-edited.jpg", "IMG.jpg.json"),
        ("IMG-edited(1).jpg", "IMG.jpg(1).json"),
        ("IMG-bearbeitet.jpg", "IMG.jpg.supplemental-metadata.json"),
        ("IMG-edited.jpg", "IMG.HEIC.json"),
        ("IMG.MP4", "IMG.HEIC.supplemental-metadata.json"),
        ("IMG(1).MOV", "IMG.JPG(1).json"),
        ("IMG.mp4", "IMG.mp4.json"),
    ],
)
def test_a_file_finds_its_sidecar(name: str, sidecar: str) -> None:
    """Each way in which Google has named sidecars is known, also the numbers and what it cuts off."""
    assert TakeoutNames([sidecar, "metadata.json", "IMG.jpg"]).sidecar_of(name) == sidecar


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("IMG.jpg", ["IMG.jpg(1).json", "IMG.json", "IMG.jpeg.json", "OTHER.jpg.json"]),
        ("IMG(1).jpg", ["IMG.jpg.json", "IMG.jpg(2).json"]),
        ("IMG-edited(1).jpg", ["IMG.jpg.json"]),
        ("IMG.png", ["IMG.HEIC.json"]),
        ("metadata.jpg", ["metadata.json"]),
    ],
)
def test_a_file_takes_no_other_sidecar(name: str, others: list[str]) -> None:
    """The sidecar of another file, above all that of another number, is never taken."""
    assert TakeoutNames(others).sidecar_of(name) is None


def test_the_own_number_comes_first() -> None:
    """Where two files of one name lie in a folder, each has the sidecar with its number."""
    names = TakeoutNames(["IMG.jpg.json", "IMG.jpg(1).json", "IMG.jpg(2).json"])
    found = [names.sidecar_of(name) for name in ("IMG.jpg", "IMG(1).jpg", "IMG(2).jpg")]
    assert found == ["IMG.jpg.json", "IMG.jpg(1).json", "IMG.jpg(2).json"]


def test_the_own_sidecar_comes_before_the_originals() -> None:
    """An edited copy that has a sidecar keeps it."""
    names = TakeoutNames(["IMG.jpg.json", "IMG-edited.jpg.json"])
    assert names.sidecar_of("IMG-edited.jpg") == "IMG-edited.jpg.json"


def test_xmp_is_about_one_file_or_one_name() -> None:
    """`IMG.jpg.xmp` is about that file, `IMG.xmp` about all that are called so."""
    names = XmpNames(["IMG.jpg.xmp", "IMG.XMP", "other.txt"])
    found = [names.sidecar_of(name) for name in ("IMG.jpg", "IMG.CR2", "img.mov", "IMG2.jpg")]
    assert found == ["IMG.jpg.xmp", "IMG.XMP", "IMG.XMP", None]
