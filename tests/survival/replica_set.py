"""A replica set of three real mongods."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from pymongo.errors import PyMongoError

from mongod import Mongod
from waiting import wait_until

MEMBERS = 3
SECONDARY = 2
"""https://www.mongodb.com/docs/manual/reference/replica-states/"""


class ReplicaSet:
    """Its members by number; any of them may be killed and started again."""

    def __init__(self, members: Sequence[Mongod]) -> None:
        self.members = list(members)

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{member.port}" for member in self.members)
        return f"mongodb://{hosts}/?replicaSet=rs0"

    def initiate(self, election_ms: int) -> None:
        """Make them a set, and wait until all of them have a say. `election_ms`: MongoDB's own default is 10,000."""
        hosts = [{"_id": number, "host": f"127.0.0.1:{each.port}"} for number, each in enumerate(self.members)]
        settings = {"electionTimeoutMillis": election_ms, "heartbeatIntervalMillis": min(2_000, election_ms // 2)}
        self.members[0].ask({"replSetInitiate": {"_id": "rs0", "members": hosts, "settings": settings}})
        self.wait_until_whole()

    def primary(self) -> Mongod:
        """Whoever says now that it is."""
        found: list[Mongod] = []

        def is_there() -> bool:
            for member in self.members:
                with suppress(PyMongoError):
                    if member.ask({"hello": 1})["isWritablePrimary"]:
                        found.append(member)
            return bool(found)

        wait_until(is_there)
        return found[0]

    def wait_until_whole(self) -> None:
        """One primary, and all others follow it."""

        def is_whole() -> bool:
            with suppress(PyMongoError):
                members = self.primary().ask({"replSetGetStatus": 1})["members"]
                return sorted(member["state"] for member in members) == [1] + [SECONDARY] * (len(members) - 1)
            return False

        wait_until(is_whole)


@contextmanager
def running_replica_set(folder: Path, *, election_ms: int) -> Iterator[ReplicaSet]:
    """Three members that are in step."""
    members = []
    for number in range(MEMBERS):
        data = folder / str(number)
        data.mkdir(parents=True)
        members.append(Mongod(data, "--replSet", "rs0", "--oplogSize", "64"))
    try:
        with ThreadPoolExecutor(MEMBERS) as starters:
            list(starters.map(Mongod.start, members))
        found = ReplicaSet(members)
        found.initiate(election_ms)
        yield found
    finally:
        for member in members:
            member.kill()
