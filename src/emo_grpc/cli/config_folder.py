"""Where the `emo` command keeps what it remembers."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from emo_grpc.cli.failures import LOCAL, Refusal

VARIABLE: Final = "EMO_CONFIG_DIR"


def config_folder() -> Path:
    """The platform's folder for settings, unless EMO_CONFIG_DIR names another. Raises Refusal when there is none."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    from platformdirs import user_config_path  # noqa: PLC0415 - see app

    with suppress(RuntimeError, KeyError):  # the system knows no home of this user
        found = user_config_path("emo", appauthor=False)
        if found.is_absolute():
            return found
    raise Refusal("there is no home folder to keep settings in: set HOME or EMO_CONFIG_DIR", LOCAL)


def cache_folder() -> Path:
    """The platform's folder for what can be had again, or one in EMO_CONFIG_DIR; raises what config_folder does."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen) / "cache"
    from platformdirs import user_cache_path  # noqa: PLC0415 - see app

    with suppress(RuntimeError, KeyError):  # the system knows no home of this user
        found = user_cache_path("emo", appauthor=False)
        if found.is_absolute():
            return found
    return config_folder() / "cache"


def sentence_of_folder(path: object, why: str) -> str | None:
    """What to say of a path that failed if it is the folder that is none, or not to be written; None if it is not."""
    try:
        folder = config_folder()
    except Refusal:
        return None
    if not isinstance(path, str) or (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):  # noqa: PTH112 - Path's own raises
        return None
    failed = Path(path)
    if folder not in (failed, *failed.parents) and failed not in folder.parents:
        return None
    if os.environ.get(VARIABLE):
        return f"{VARIABLE}={folder}: {why}"
    return f"{folder}: {why}; {VARIABLE} names another folder for settings"
