"""Where the `emo` command keeps what it remembers."""

import os
from pathlib import Path

from platformdirs import user_config_path


def config_folder() -> Path:
    """The platform's folder for settings, unless EMO_CONFIG_DIR names another."""
    chosen = os.environ.get("EMO_CONFIG_DIR")
    return Path(chosen) if chosen else user_config_path("emo", appauthor=False)
