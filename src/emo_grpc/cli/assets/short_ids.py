"""Ids by their beginning."""

import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.page_sizes import MAX_PAGE

if TYPE_CHECKING:
    from emo_grpc.cli.assets.listed_pages import Pages
    from emo_grpc.client import EmoClient

SHORT: Final = 8
"""Digits of a random UUID by which people tell a few thousand apart."""
LEAST: Final = 4
"""Characters of a beginning: among a few thousand assets, fewer are hardly ever those of one alone."""
ID_PREFIX: Final = re.compile(f"[0-9a-f]{{{LEAST},8}}(-[0-9a-f-]{{0,26}})?", re.IGNORECASE)
"""Of the canonical text of a UUID (RFC 9562, section 4), that has 36 characters."""
ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""All of it."""


def shortened(ids: Sequence[str]) -> list[str]:
    """All of one length, by which they differ from one another."""
    length = SHORT
    longest = max(map(len, ids), default=0)
    while length < longest and len({each[:length] for each in ids}) < len(set(ids)):
        length += 1
    return [each[:length] for each in ids]


def is_id_prefix(text: str) -> bool:
    """Whether it can be the beginning of an id, and not all of it."""
    return ID_PREFIX.fullmatch(text) is not None


def require_ids(given: Sequence[str]) -> None:
    """Raise Refusal, with the first one that is no id and no beginning of one, before others are looked for."""
    for each in given:
        each.encode()  # what is no text at all is told as that
        if not (is_id_prefix(each) or ID.fullmatch(each)):
            sentence = f"{each} is no id: give all of an id, or at least its first {LEAST} characters"
            raise Refusal(sentence, EXIT_CODES["INVALID_ARGUMENT"])


async def full_id(client: "EmoClient", given: str) -> str:
    """The id of the one asset that begins so; a whole id is given back. Raises Refusal for what is neither."""
    return (await full_ids(client, [given]))[0]


async def full_ids(client: "EmoClient", given: Sequence[str]) -> list[str]:
    """The same of several.

    It goes through all assets, once, since each must be the only one; and through those in the trash for the rest.
    """
    require_ids(given)
    prefixes = [each.lower() for each in given if is_id_prefix(each)]
    found = await _beginning(prefixes, client.assets.list_pages(page_size=MAX_PAGE))
    rest = [each for each in prefixes if not any(asset_id.startswith(each) for asset_id in found)]
    found += await _beginning(rest, client.assets.list_trash_pages(page_size=MAX_PAGE))
    return [match_id(each, found) for each in given]


async def full_trash_ids(client: "EmoClient", given: Sequence[str]) -> list[str]:
    """The same for assets in the trash alone."""
    require_ids(given)
    prefixes = [each.lower() for each in given if is_id_prefix(each)]
    found = await _beginning(prefixes, client.assets.list_trash_pages(page_size=MAX_PAGE))
    return [match_id(each, found) for each in given]


async def _beginning(prefixes: Sequence[str], pages: "Pages") -> list[str]:
    if not prefixes:
        return []
    async with aclosing(pages):
        found = [asset.asset_id async for page in pages for asset in page.assets]
    return [each for each in found if each.startswith(tuple(prefixes))]


def match_id(given: str, ids: Sequence[str]) -> str:
    """The one of `ids` that begins so; what is no beginning of an id is given back.

    Raises Refusal if there is none, or another one.
    """
    if not is_id_prefix(given):
        return given
    found = [each for each in ids if each.startswith(given.lower())]
    if len(found) > 1:
        raise Refusal(f"more than one id begins with {given}: give more of it", EXIT_CODES["INVALID_ARGUMENT"])
    if not found:
        raise Refusal(f"no id begins with {given}", EXIT_CODES["NOT_FOUND"])
    return found[0]
