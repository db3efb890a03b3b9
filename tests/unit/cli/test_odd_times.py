"""Times at the edges of what there is, typed or sent by a server."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from emo.users.v1.users_pb2 import Tokens
from emo_grpc.cli.terminal.message_texts import time_text
from emo_grpc.client.credentials import Credentials
from unit.cli.conftest import Emo
from unit.client.fake_server import World

GO_ZERO = -62135596800
"""0001-01-01T00:00:00Z, which Go takes for no time."""
LAST = 253402300799
"""9999-12-31T23:59:59Z."""


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31 23:00:00", "9999-12-31", "0000-01-01", "99999-01-01"])
def test_a_date_is_a_time_or_one_line(ann: Emo, world: World, typed: str) -> None:
    """Wherever it is typed."""
    done = ann("edit", world.store(b""), "--date", typed)
    assert done.exit_code in (0, 2)
    if done.exit_code:
        assert done.stderr.startswith("emo: invalid value for '--date': ")
        assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("zone")
def test_a_time_is_typed_as_it_is_shown(ann: Emo, world: World) -> None:
    """Without seconds too, with a space, and with a zone."""
    asset_id = world.store(b"")
    for rest in ("T15:30", " 15:30", "T15:30:00", " 15:30:00", "T15:30+01:00", " 15:30:00Z"):
        typed = f"2026-07-01{rest}"
        assert ann("edit", asset_id, "--date", typed).exit_code == 0, typed
        shown = dict(line.split("\t") for line in ann("show", asset_id).stdout.splitlines())["date"]
        asset = world.assets[asset_id].asset
        meant, zone = asset.event_date.ToDatetime(UTC), asset.event_zone
        assert meant == datetime.fromisoformat(typed).astimezone()
        assert ann("edit", asset_id, "--date", shown).exit_code == 0, shown
        assert (asset.event_date.ToDatetime(UTC), asset.event_zone) == (meant, zone)


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("seconds", [GO_ZERO, GO_ZERO - 1, LAST, LAST + 1, 2**63 - 1, -(2**63), 0])
def test_any_time_of_a_server_is_shown(ann: Emo, world: World, seconds: int) -> None:
    """As a time, or as what was sent."""
    asset = world.assets[world.store(b"")].asset
    asset.event_date.seconds = asset.create_time.seconds = asset.update_time.seconds = seconds
    for arguments in (("show", asset.asset_id), ("ls",), ("ls", "--json"), ("show", asset.asset_id, "--json")):
        done = ann(*arguments)
        assert (done.exit_code, done.stderr) == (0, ""), arguments
    facts = dict(line.split("\t") for line in ann("show", asset.asset_id).stdout.splitlines())
    assert facts["date"]
    told = json.loads(ann("show", asset.asset_id, "--json").stdout)
    assert told["title"] == "file.bin"
    assert told["create_time"]


def test_what_is_shown_of_odd_times() -> None:
    """The zone is named where it is not that of this machine."""
    assert time_text(Timestamp(seconds=GO_ZERO)) in ("0001-01-01 00:00", "0001-01-01 00:00 UTC")
    assert time_text(Timestamp(seconds=LAST + 1)) == "253402300800 s after 1970"
    assert time_text(Timestamp(seconds=GO_ZERO - 1)) == "62135596801 s before 1970"
    assert time_text(Timestamp()) == ""


def test_a_kind_that_this_command_does_not_know_is_shown(ann: Emo, world: World) -> None:
    """Servers may be newer."""
    world.me.state = 77  # type: ignore[assignment]  # as a newer server's
    world.me.roles.append(88)  # type: ignore[arg-type]  # as above
    facts = dict(line.split("\t") for line in ann("me").stdout.splitlines())
    assert (facts["state"], facts["roles"]) == ("77", "88")


def test_tokens_that_never_end_are_taken() -> None:
    """Or ended before there were years: what is out of range is at its edge."""
    tokens = Tokens(user_id="u")
    tokens.access_expire_time.seconds = 2**62
    tokens.refresh_expire_time.seconds = -(2**62)
    made = Credentials.from_tokens(tokens, datetime.now().astimezone())
    assert (made.access_expire_time.year, made.refresh_expire_time.year) == (9999, 1)
    assert not made.is_expiring(datetime.now().astimezone())
