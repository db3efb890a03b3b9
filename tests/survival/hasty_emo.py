"""`emo` that does not wait for long before it ends what a dead server has left open in MongoDB."""

from datetime import timedelta
from unittest.mock import patch

from emo_grpc.__main__ import main
from emo_grpc.shared.adapters.mongo import abandoned_transactions as mongo_abandoned

ONE_SECOND = timedelta(seconds=1)

if __name__ == "__main__":
    with patch.multiple(mongo_abandoned, ABANDONED_AFTER=ONE_SECOND, LOOK_EVERY=ONE_SECOND):
        main()
