"""How much of it is done."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """The short form is part of every `make test`; the long one, `make test-survival`, has the defaults of production.

    `kills` of the primary, `election_ms` until the others of the set miss it, `load_seconds` of work before each kill
    and after it. `file_parts` of 8 MiB in files whose transfer the S3 breaks off.
    """

    kills: int
    election_ms: int
    load_seconds: float
    file_parts: int
    is_long: bool


SHORT = Scale(kills=1, election_ms=1_000, load_seconds=0.7, file_parts=2, is_long=False)
LONG = Scale(kills=3, election_ms=10_000, load_seconds=5.0, file_parts=5, is_long=True)
SCALE = LONG if os.environ.get("EMO_SURVIVAL") == "long" else SHORT
