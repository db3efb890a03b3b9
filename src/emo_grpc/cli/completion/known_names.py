"""The names that a shell completes, kept for some seconds."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from emo_grpc.cli.config_folder import cache_folder
from emo_grpc.cli.connection.connection_options import ConnectionOptions
from emo_grpc.cli.connection.given_credentials import GivenCredentials
from emo_grpc.private_file import PrivateFile

FRESH_SECONDS: Final = 10.0
"""For how long nobody is asked again: while one command is typed."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Ids of assets, and of those in the trash, with their titles; the rest with how many assets have them, or none."""

    assets: Pairs = ()
    tags: Pairs = ()
    people: tuple[str, ...] = ()
    folders: Pairs = ()
    places: tuple[str, ...] = ()
    trash: Pairs = ()


def known_names(connection: ConnectionOptions) -> KnownNames:
    """Those of the server and the login; asked for unless they are known from some seconds ago.

    Where nobody can be asked without a new login or token, what was known last. Raises what asking does.
    """
    given = GivenCredentials.of_environment(connection.for_user)
    if given.service_key:  # each exchange of a key is in the trail of who it is for
        return KnownNames()
    file, whose = PrivateFile(_path()), _whose(connection, given)
    kept = file.read()
    if kept.get("of") != whose:
        kept = {}
    if _is_fresh(kept.get("time")):
        return _read(kept)
    from emo_grpc.cli.completion.question import ask  # noqa: PLC0415 - see app

    found = ask(connection, given.access_token)
    if found is None:
        return _read(kept)
    with suppress(OSError):
        file.write({"of": whose, "time": time.time(), **asdict(found)})
    return found


def forget_names() -> None:
    """As nobody's names are left behind after a login or logout."""
    with suppress(OSError):
        _path().unlink(missing_ok=True)


def _path() -> Path:
    return cache_folder() / "names.json"


def _whose(connection: ConnectionOptions, given: GivenCredentials) -> str:
    """By what they are told apart; of a token that the environment has only a digest is kept."""
    return f"{connection.target} {sha256(given.access_token.encode()).hexdigest() if given.access_token else ''}"


def _is_fresh(then: object) -> bool:
    return isinstance(then, int | float) and 0 <= time.time() - then < FRESH_SECONDS


def _read(kept: dict[str, object]) -> KnownNames:
    """What is not as it was written is left out."""
    return KnownNames(
        assets=tuple(_pairs(kept.get("assets"))),
        tags=tuple(_pairs(kept.get("tags"))),
        people=tuple(_texts(kept.get("people"))),
        folders=tuple(_pairs(kept.get("folders"))),
        places=tuple(_texts(kept.get("places"))),
        trash=tuple(_pairs(kept.get("trash"))),
    )


def _pairs(found: object) -> Iterator[tuple[str, str]]:
    for each in _list(found):
        match each:
            case [str(word), str(meaning)]:
                yield word, meaning


def _texts(found: object) -> Iterator[str]:
    return (name for name in _list(found) if isinstance(name, str))


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []
