"""Makes texts of other programs fit what the contract allows."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.folder_names import why_nothing_fits
from emo_grpc.cli.assets.imports.plan import CannotImport

MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 5000
MAX_LOCATION: Final = 200
MAX_LABELS: Final = 50
MAX_TAG: Final = 50
MAX_PERSON: Final = 100
"""See Asset in the contract."""
LINES: Final = "\n\r\t"


def fit(asset: Asset) -> list[str]:
    """Cut what is too long, and take out control characters; gives the names of fields of which something is lost.

    Raises CannotImport for a folder that is too long or too deep, since one that is cut would be another.
    """
    if reason := why_nothing_fits(asset.folder):
        raise CannotImport(reason)
    cut = []
    for name, maximum in (("title", MAX_TITLE), ("description", MAX_DESCRIPTION), ("location", MAX_LOCATION)):
        text = _plain(getattr(asset, name), keep=LINES if name == "description" else "")
        setattr(asset, name, text[:maximum])
        cut += [name] if len(text) > maximum else []
    for name, maximum in (("tags", MAX_TAG), ("people", MAX_PERSON)):
        labels = getattr(asset, name)
        kept = list(dict.fromkeys(filter(None, (_plain(each)[:maximum].strip() for each in labels))))
        cut += [name] if len(kept) > MAX_LABELS or any(len(_plain(each)) > maximum for each in labels) else []
        del labels[:]
        labels.extend(kept[:MAX_LABELS])
    return cut


def _plain(text: str, keep: str = "") -> str:
    return "".join(_kept(text, keep)).strip()


def _kept(text: str, keep: str) -> Iterable[str]:
    for character in text:
        yield " " if character not in keep and unicodedata.category(character) in ("Cc", "Cs") else character
