"""How much of it is done."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """The short form is part of every `make test`; the long one is `make test-attacks`.

    `odd_requests` to each RPC from each kind of caller, `frames` of a flood in
    at most `flood_seconds`, `attackers` at once, gzip `bombs` for each RPC, `flips` of a bit in
    the files and as many in each table, `bent_tokens` of a kind, `kills` of a server
    in each of `rounds`. `seed` begins all that is random.
    """

    odd_requests: int
    frames: int
    flood_seconds: float
    attackers: int
    bombs: int
    flips: int
    bent_tokens: int
    kills: int
    rounds: int
    seed: int
    is_long: bool


SEED = int(os.environ.get("EMO_ATTACKS_SEED", "1"))
SHORT = Scale(
    odd_requests=8,
    frames=2_000,
    flood_seconds=5.0,
    attackers=20,
    bombs=1,
    flips=40,
    bent_tokens=12,
    kills=3,
    rounds=1,
    seed=SEED,
    is_long=False,
)
LONG = Scale(
    odd_requests=100,
    frames=100_000,
    flood_seconds=30.0,
    attackers=100,
    bombs=30,
    flips=400,
    bent_tokens=120,
    kills=40,
    rounds=4,
    seed=SEED,
    is_long=True,
)
SCALE = LONG if os.environ.get("EMO_ATTACKS") == "long" else SHORT
