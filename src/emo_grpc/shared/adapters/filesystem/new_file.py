"""New files that only their owner may read."""

import os
from pathlib import Path


def open_new_file(path: Path) -> int:
    """Open one for writing, of mode 0600; gives its descriptor, which no other program inherits (PEP 446).

    Blocking. Raises OSError, FileExistsError also for a link.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
