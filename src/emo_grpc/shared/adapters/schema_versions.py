"""Documents of earlier releases.

Every stored document carries its `schema_version`. An older one is brought up to date when it is read, by one small
pure function for each step, and rewritten by `emo admin migrate`.
"""

from collections.abc import Callable, Mapping
from typing import Final

Raw = dict[str, object]
"""A document of any version."""

Upcasters = Mapping[int, Callable[[Raw], Raw]]
"""For each past version what makes the next one of it; `schema_version` itself is set for it."""


class UnknownSchemaVersion(Exception):
    """A document was written by a later release, or by one so old that nothing reads it any more."""


Errors = tuple[type[Exception], ...]

DAMAGED: Final[Errors] = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What reading a damaged document raises."""

UNREADABLE: Final[Errors] = (*DAMAGED, UnknownSchemaVersion)
"""The same, or of a document of another release."""


def upcast(raw: Raw, upcasters: Upcasters, current: int) -> Raw:
    """Bring a document to the current version; raises UnknownSchemaVersion, or ValueError if it says none."""
    while (version := raw.get("schema_version")) != current:
        if not isinstance(version, int):
            raise ValueError("a document is damaged: it has no schema version")
        if version not in upcasters:
            raise UnknownSchemaVersion(
                f"a document has schema version {version!r}; this release of emo knows {current} and can't read it"
            )
        raw = {**upcasters[version](raw), "schema_version": version + 1}
    return raw


def require_text(*texts: str) -> None:
    """Raise ValueError if half a surrogate pair is in one, which no message can carry."""
    "".join(texts).encode()


def outdated_index(table: str, key: str, current: int) -> str:
    """SQL for a table with a column `document`: the index of what is not of the current version.

    It is empty but between an upgrade and its migration, so it costs nothing. Those of earlier releases would fill up
    instead, and are dropped.
    """
    earlier = [f"{table}_not_of_version_{past}" for past in range(current + 1)]  # failed on a damaged document
    past_ones = [*earlier, *(_name(table, past) for past in range(current))]
    drops = [f"DROP INDEX IF EXISTS {name};" for name in past_ones]
    made = f"CREATE INDEX IF NOT EXISTS {_name(table, current)} ON {table} ({key}) WHERE {_is_outdated(current)};"
    return "\n".join([*drops, made, ""])


def from_outdated(table: str, current: int) -> str:
    """The FROM and WHERE of a query for what is in that index."""
    return f"FROM {table} INDEXED BY {_name(table, current)} WHERE {_is_outdated(current)}"


def _name(table: str, version: int) -> str:
    return f"{table}_outdated_at_{version}"


def _is_outdated(current: int) -> str:
    return f"CASE WHEN json_valid(document) THEN json_extract(document, '$.schema_version') END IS NOT {current}"
