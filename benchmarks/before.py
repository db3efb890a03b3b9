"""Today's code in turns with that of an earlier commit: what a change costs, measured in one run."""

import io
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from benchmarks.client import load
from benchmarks.get_asset import SECONDS, WARM_UP_SECONDS, GetAsset, has_h2load
from benchmarks.result import Result, at_least, at_most
from benchmarks.servers import ServerProcess, emo_server

SIZE = 512 << 20
MEGABYTE = 1e6
GIBIBYTES = SIZE / (1 << 30)
CONNECTIONS = 8
CREATED = 400
CREATED_AT_ONCE = 16
LOGINS = 40
SECTION = "Before and after"
TODAY = Path(__file__).parent.parent


@dataclass(frozen=True)
class Side:
    """The server of one of the two, and what is asked of it. `maker`: the token of who makes assets."""

    server: ServerProcess
    get_asset: GetAsset
    username: str
    asset_id: str
    maker: str = ""

    def with_new_maker(self) -> Self:
        """For the next round: no more than 5,000 assets of a user may wait for their files."""
        return replace(self, maker=load("login", target=self.server.target)["token"])


@dataclass(frozen=True)
class Work:
    """Something that is asked of both; `run` gives the rate in `unit`, and how much was done in all."""

    name: str
    unit: str
    cost_unit: str
    run: Callable[[Side], tuple[float, float]]


@dataclass(frozen=True)
class Sample:
    """What one side did of a work in one round."""

    rate: float
    cost: float


@dataclass(frozen=True)
class Sides:
    """The settings of the two servers."""

    before: Mapping[str, str]
    after: Mapping[str, str]


def measure(folder: Path, rounds: int, commit: str, percent: float, settings: Sides) -> list[Result]:
    """Rates of calls and both ways of a file, and what they cost the server, which may get `percent` worse.

    Nothing without h2load.
    """
    if not has_h2load():
        return []
    _extract(commit, folder / "code")
    with ExitStack() as stack:
        before = stack.enter_context(_side(folder / "before", folder / "code", settings.before))
        after = stack.enter_context(_side(folder / "after", TODAY, settings.after))
        rounds_of = [_round(before.with_new_maker(), after.with_new_maker(), turn) for turn in range(rounds)]
    return [result for work in WORKS for result in _compared(work, [each[work] for each in rounds_of], commit, percent)]


def _extract(commit: str, folder: Path) -> None:
    command = ["git", "archive", commit, "src", "generated"]
    archive = subprocess.run(command, cwd=TODAY, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


@contextmanager
def _side(folder: Path, code: Path, settings: Mapping[str, str]) -> Iterator[Side]:
    folder.mkdir()
    path = f"{code / 'src'}:{code / 'generated'}"
    with emo_server(folder / "data", PYTHONPATH=path, **settings) as server:
        call = GetAsset.of_new_asset(server.target, folder / "GetAsset.bin")
        username = load("login", target=server.target)["username"]
        asset_id = load("upload", target=server.target, token=call.token, size=SIZE)["asset_ids"][0]
        yield Side(server, call, username, asset_id)


def _round(before: Side, after: Side, turn: int) -> dict[Work, tuple[Sample, Sample]]:
    return {work: _in_turns(work, before, after, turn) for work in WORKS}


def _in_turns(work: Work, before: Side, after: Side, turn: int) -> tuple[Sample, Sample]:
    """Of `before` and of `after`; every other round the other begins."""
    if turn % 2:
        later = _sample(work, after)
        return _sample(work, before), later
    return _sample(work, before), _sample(work, after)


def _sample(work: Work, side: Side) -> Sample:
    begin = side.server.processor_seconds()
    rate, amount = work.run(side)
    return Sample(rate, (side.server.processor_seconds() - begin) / amount)


def _compared(work: Work, samples: list[tuple[Sample, Sample]], commit: str, percent: float) -> list[Result]:
    before, after = (list(column) for column in zip(*samples, strict=True))
    rates = [each.rate for each in after], [each.rate for each in before]
    costs = [each.cost for each in after], [each.cost for each in before]
    at_work = f"processor of {work.name}"
    return [
        at_least(SECTION, work.name, work.unit, *rates, limit=1 - percent / 100, reference_name=commit),
        at_most(SECTION, at_work, work.cost_unit, *costs, reference_name=commit, limit=1 + percent / 100),
    ]


def _get_asset(side: Side) -> tuple[float, float]:
    rate = side.get_asset.calls_a_second(side.server.target, CONNECTIONS)
    return rate, rate * (SECONDS + WARM_UP_SECONDS) / 1000


def _create_assets(side: Side, at_once: int) -> tuple[float, float]:
    call = {"target": side.server.target, "token": side.maker}
    seconds = load("create", count=CREATED, at_once=at_once, **call)["seconds"]
    return CREATED / seconds, CREATED / 1000


def _login(side: Side) -> tuple[float, float]:
    seconds = load("logins", target=side.server.target, username=side.username, count=LOGINS)["seconds"]
    return LOGINS / seconds, LOGINS


def _upload(side: Side) -> tuple[float, float]:
    call = {"target": side.server.target, "token": side.get_asset.token}
    done = load("upload", size=SIZE, settled=True, **call)
    load("delete", asset_id=done["asset_ids"][0], **call)
    return SIZE / MEGABYTE / done["seconds"], GIBIBYTES


def _download(side: Side) -> tuple[float, float]:
    call = {"target": side.server.target, "token": side.get_asset.token, "asset_id": side.asset_id}
    return SIZE / MEGABYTE / load("download", settled=True, **call)["seconds"], GIBIBYTES


WORKS = (
    Work("GetAsset", "calls/s", "s per 1,000 calls", _get_asset),
    Work("CreateAsset", "calls/s", "s per 1,000 calls", partial(_create_assets, at_once=1)),
    Work(
        f"CreateAsset, {CREATED_AT_ONCE} at once of one user",
        "calls/s",
        "s per 1,000 calls",
        partial(_create_assets, at_once=CREATED_AT_ONCE),
    ),
    Work("Login", "calls/s", "s per call", _login),
    Work("upload of 512 MiB", "MB/s", "s per GiB", _upload),
    Work("download of 512 MiB", "MB/s", "s per GiB", _download),
)
