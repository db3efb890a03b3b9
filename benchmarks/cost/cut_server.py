"""`python -m benchmarks.cost.cut_server writes,encryption`: `emo serve`, without these."""

import sys

from benchmarks.cost.cuts import cut
from emo_grpc.__main__ import main

if __name__ == "__main__":
    names = filter(None, sys.argv[1].split(","))
    sys.argv[1:] = ["serve"]
    with cut(names):
        main()
