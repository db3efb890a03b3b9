"""Rows with an optimistic version."""

from emo_grpc.shared.adapters.sqlite.database import SqliteTransaction
from emo_grpc.shared.domain.errors import ConcurrentChange

Values = dict[str, str | int]


async def change_one(transaction: SqliteTransaction, statement: str, values: Values) -> None:
    """Run a statement that must find exactly one row; raises ConcurrentChange."""
    if await transaction.run(lambda connection: connection.execute(statement, values).rowcount) != 1:
        raise ConcurrentChange("this was changed at the same moment")
