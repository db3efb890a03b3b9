"""Where the `emo` command keeps what it remembers."""

import os
from contextlib import suppress
from pathlib import Path

from platformdirs import user_config_path

from emo_grpc.cli.failures import LOCAL, Refusal


def config_folder() -> Path:
    """The platform's folder for settings, unless EMO_CONFIG_DIR names another. Raises Refusal when there is none."""
    chosen = os.environ.get("EMO_CONFIG_DIR")
    if chosen:
        return Path(chosen)
    with suppress(RuntimeError, KeyError):  # nobody knows the home of this user
        found = user_config_path("emo", appauthor=False)
        if found.is_absolute():
            return found
    raise Refusal("there is no home folder to keep settings in: set HOME or EMO_CONFIG_DIR", LOCAL)
