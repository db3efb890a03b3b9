"""The collection of this context, and its indexes.

Documents of aggregates are those of all stores, in the field `document`; beside it stand the aggregate's version and
what queries need.
"""

from typing import Final

from pymongo import ASCENDING, IndexModel

SERVICE_ACCOUNTS: Final = "service_accounts"
BY_TIME: Final = [("create_time", ASCENDING), ("_id", ASCENDING)]

INDEXES: Final = {
    SERVICE_ACCOUNTS: [
        IndexModel([("name", ASCENDING)], unique=True),
        IndexModel(BY_TIME),
        IndexModel([("document.schema_version", ASCENDING)]),
    ],
}
