"""`emo`, on a machine whose clock is wrong: `shifted_emo.py SECONDS ARGUMENTS…`."""

import sys
from datetime import UTC, datetime, timedelta

from emo_grpc.shared.service_layer import clock

AHEAD = timedelta(seconds=float(sys.argv.pop(1)))


def shifted_now() -> datetime:
    return datetime.now(UTC) + AHEAD


clock.utc_now = shifted_now

if __name__ == "__main__":
    from emo_grpc.__main__ import main

    main()
