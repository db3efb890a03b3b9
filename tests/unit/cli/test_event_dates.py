"""When something was: as it is typed, and as it is shown to whoever looks, wherever."""

import time
from collections.abc import Iterator

import pytest

from emo.assets.v1.assets_pb2 import (
    DATE_PRECISION_DAY,
    DATE_PRECISION_MONTH,
    DATE_PRECISION_SECOND,
    DATE_PRECISION_YEAR,
)
from unit.cli.conftest import Emo
from unit.client.fake_server import World

ENDS = ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", "Europe/Madrid"]
"""At 14 hours before UTC, 12 behind it, and between."""


@pytest.fixture(params=ENDS)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone of this machine."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def shown(ann: Emo, asset_id: str) -> str:
    return dict(line.split("\t") for line in ann("show", asset_id).stdout.splitlines())["date"]


PERIODS = {
    "2024": ("2024-01-01T00:00:00Z", DATE_PRECISION_YEAR, ""),
    "2024-05": ("2024-05-01T00:00:00Z", DATE_PRECISION_MONTH, ""),
    "2024-05-06": ("2024-05-06T00:00:00Z", DATE_PRECISION_DAY, ""),
}


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("typed", PERIODS)
def test_a_day_is_that_day_wherever(ann: Emo, world: World, typed: str) -> None:
    """A year, month or day is sent and shown as it was typed, in every zone."""
    asset_id = world.store(b"")
    assert ann("edit", asset_id, "--date", typed).exit_code == 0
    asset = world.assets[asset_id].asset
    assert (asset.event_date.ToJsonString(), asset.event_precision, asset.event_zone) == PERIODS[typed]
    assert shown(ann, asset_id) == typed


def test_a_time_of_this_machine_keeps_its_zone(ann: Emo, world: World, zone: str) -> None:
    """A time that was typed without a zone is shown with that of the machine where it was typed."""
    asset_id = world.store(b"")
    assert ann("edit", asset_id, "--date", "2024-05-06 15:30").exit_code == 0
    asset = world.assets[asset_id].asset
    assert (asset.event_precision, asset.event_zone) == (DATE_PRECISION_SECOND, zone)
    assert shown(ann, asset_id) == f"2024-05-06 15:30 {zone}"


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("typed", "text"),
    [("2024-05-06T15:30+02:00", "2024-05-06 15:30 +02:00"), ("2024-05-06T15:30:10Z", "2024-05-06 15:30 +00:00")],
)
def test_a_time_with_a_zone_is_shown_in_it(ann: Emo, world: World, typed: str, text: str) -> None:
    """Whatever the zone of the machine."""
    asset_id = world.store(b"")
    assert ann("edit", asset_id, "--date", typed).exit_code == 0
    assert shown(ann, asset_id) == text


@pytest.mark.usefixtures("zone")
def test_a_day_of_another_zone_is_its_own(ann: Emo, world: World) -> None:
    """The day that a calendar somewhere showed, though it was another one here."""
    asset_id = world.store(b"")
    asset = world.assets[asset_id].asset
    asset.event_date.FromJsonString("2024-05-05T10:00:00Z")
    asset.event_precision, asset.event_zone = DATE_PRECISION_DAY, "Pacific/Kiritimati"
    assert shown(ann, asset_id) == "2024-05-06"


def test_a_moment_without_a_zone_is_shown_by_this_clock(ann: Emo, world: World, zone: str) -> None:
    """As those of earlier releases always were."""
    asset_id = world.store(b"")
    world.assets[asset_id].asset.event_date.FromJsonString("2024-05-06T12:00:00Z")
    there = {"Pacific/Kiritimati": "07 02:00", "Etc/GMT+12": "06 00:00", "UTC": "06 12:00", "Europe/Madrid": "06 14:00"}
    assert shown(ann, asset_id) == f"2024-05-{there[zone]}"


@pytest.mark.parametrize("name", ["Mars/Olympus", "+99:99", "../etc"])
def test_a_zone_that_nobody_knows(ann: Emo, world: World, name: str) -> None:
    """What a newer or a hostile server calls one is no reason to show nothing."""
    asset_id = world.store(b"")
    asset = world.assets[asset_id].asset
    asset.event_date.FromJsonString("2024-05-06T12:00:00Z")
    asset.event_precision, asset.event_zone = DATE_PRECISION_DAY, name
    assert shown(ann, asset_id).startswith("2024-05-0")


@pytest.mark.parametrize("typed", ["2024-13", "94", "2024-05-32", "05/06/2024", "2024-5", "yesterday", ""])
def test_what_is_no_date(ann: Emo, world: World, typed: str) -> None:
    """It is refused, with how one is written."""
    done = ann("edit", world.store(b""), "--date", typed)
    assert done.exit_code == 2
    assert "--date" in done.stderr
