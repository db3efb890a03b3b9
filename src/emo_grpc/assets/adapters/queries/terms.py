"""What text an asset is found by, the same in every database.

A term is the letter of a field, a space and a word; or `=`, the letter, a space and a text as a whole. The terms of an
asset tell whether a list holds it; its words, whatever field they are from, lead there.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from emo_grpc.assets.adapters.queries.folding import whole, words
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.service_layer.expressions import TextField

MAX_WORDS: Final = 1_000
"""Different words that an asset is found by, first those of short fields: the contract names it."""

MAX_WHOLE: Final = 64
"""Characters of a text that is kept as a whole; of a longer one it is a digest."""

LETTERS: Final = {
    TextField.TITLE: "t",
    TextField.PEOPLE: "p",
    TextField.TAGS: "g",
    TextField.LOCATION: "l",
    TextField.FOLDER: "f",
    TextField.FILE_NAME: "n",
    TextField.DESCRIPTION: "d",
}
"""In the order in which they are read: descriptions, which may be long, last."""

Texts = tuple[tuple[TextField, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an asset, and its different words."""

    terms: tuple[str, ...]
    words: frozenset[str]


NO_TERMS: Final = Terms((), frozenset())


def texts_of(asset: Asset) -> Texts:
    """The texts of an asset, by field; none of one in the trash, which nothing finds."""
    if asset.is_in_trash:
        return ()
    said = asset.description
    return (
        (TextField.TITLE, (said.title,)),
        (TextField.PEOPLE, said.people),
        (TextField.TAGS, said.tags),
        (TextField.LOCATION, (said.location,)),
        (TextField.FOLDER, (said.folder,)),
        (TextField.FILE_NAME, (asset.file.name,)),
        (TextField.DESCRIPTION, (said.description,)),
    )


def terms_of(texts: Texts) -> Terms:
    """What these texts are found by."""
    terms: dict[str, None] = {}
    known: set[str] = set()
    for field, values in texts:
        for value in filter(None, values):
            terms[whole_term(field, value)] = None
            terms.update(dict.fromkeys(f"{LETTERS[field]} {word}" for word in _within_bound(words(value), known)))
    return Terms(tuple(terms), frozenset(known))


def whole_term(field: TextField, text: str) -> str:
    """The term of a field that is this text as a whole."""
    kept = whole(text)
    if len(kept) > MAX_WHOLE:
        kept = hashlib.blake2b(kept.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"={LETTERS[field]} {kept}"


def _within_bound(found: Iterable[str], known: set[str]) -> Iterable[str]:
    for word in found:
        if word not in known and len(known) < MAX_WORDS:
            known.add(word)
        if word in known:
            yield word
