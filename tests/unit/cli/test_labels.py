"""`emo tags`, `people`, `places` and `timeline`."""

import json

import pytest

from emo.assets.v1 import assets_pb2 as pb
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.cli.test_narrow_terminal import ANSI
from unit.client.fake_server import World

PERIODS = [("1993", 1), ("1994", 400), ("1995", 100), ("1996", 2)]


def test_labels_in_a_pipe(ann: Emo, world: World) -> None:
    """Each with how many assets have it, a tab between."""
    for people in (["Ann", "Bob"], ["Ann"]):
        asset = world.assets[world.store(b"")].asset
        asset.people.extend(people)
        asset.tags.append("sea")
    assert ann("people").stdout == "Ann\t2\nBob\t1\n"
    assert ann("tags").stdout == "sea\t2\n"
    assert json.loads(ann("people", "--json").stdout)[0] == {"person": "Ann", "count": 2}


@pytest.mark.parametrize("arguments", [("tags", "--sort", "size"), ("timeline", "--by", "week")])
def test_what_there_is_not(ann: Emo, arguments: tuple[str, ...]) -> None:
    """It is told what there is."""
    done = ann(*arguments)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "these are: " in done.stderr


def test_a_timeline_in_a_pipe(ann: Emo, world: World) -> None:
    """All pages of it, a period and a number a line, and those without a date."""
    world.periods = PERIODS
    done = ann("timeline", "--by", "month", "--from", "1993", "--to", "1996-05")
    assert done.stdout == "1993\t1\n1994\t400\n1995\t100\n1996\t2\nundated\t3\n"
    asked = world.requests[0]
    assert isinstance(asked, pb.GetTimelineRequest)
    assert (asked.unit, asked.first, asked.last) == (pb.TIMELINE_UNIT_MONTH, "1993", "1996-05")
    told = json.loads(ann("timeline", "--json").stdout)
    assert (told["undated_count"], len(told["periods"])) == (3, 4)


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_timeline_at_a_terminal(terminal: Terminal, world: World, columns: int) -> None:
    """Bars, the longest for the most, something for what there is, and no line wider than the terminal."""
    world.periods = PERIODS
    exit_code, shown = terminal.run("timeline", columns=columns)
    lines = ANSI.sub("", shown).splitlines()
    assert exit_code == 0
    assert [line.split()[0] for line in lines] == ["1993", "1994", "1995", "1996", "undated"]
    assert max(map(len, lines)) < columns
    bars = [len(line.split()[2]) for line in lines]
    assert bars[1] == max(bars) == min(60, columns - 15)
    assert bars[2] == pytest.approx(bars[1] / 4, abs=1)
    assert min(bars) == 1


def test_a_tag_gets_another_name(ann: Emo, world: World) -> None:
    """On all assets; or it is told how many are left for the server to go on with. Two are made one only by a yes."""
    world.assets[world.store(b"")].asset.tags.extend(["sea", "beach"])
    refused = ann("tag", "rename", "sea", "beach")
    assert (refused.exit_code, "RenameTag" in world.calls) == (2, False)
    assert "1 asset has beach already, and there is no terminal" in refused.stderr
    assert ann("tag", "rename", "sea", "beach", "--yes").stdout == (
        "No asset has sea any more; those that had it have beach, which was there already; both are one now.\n"
    )
    assert ann("tags").stdout == "beach\t1\n"
    world.remaining = 300
    done = ann("tag", "rename", "beach", "coast")
    assert done.stdout == "300 assets still have beach; the server goes on by itself.\n"


def test_two_that_are_to_be_one_are_asked_for(terminal: Terminal, world: World) -> None:
    """With how many assets have the other one; a no leaves both as they were."""
    for tag in ("sea", "beach", "beach"):
        world.assets[world.store(b"")].asset.tags.append(tag)
    shown = terminal.run("tag", "rename", "sea", "beach", typed="n\n")[1]
    assert "2 assets have beach already. Make sea and beach one, for good?" in shown
    assert "nothing was renamed" in shown
    assert "RenameTag" not in world.calls
    shown = terminal.run("tag", "rename", "sea", "beach", typed="y\n")[1]
    assert "both are one now" in shown
    assert "[y/N]" not in terminal.run("tag", "rename", "beach", "coast")[1]


@pytest.mark.parametrize("space", [" ", "\u3000"])
def test_spaces_around_a_name_do_not_make_it_another_one(ann: Emo, world: World, space: str) -> None:
    """The server drops them, and both become one: it is asked for all the same."""
    for tag in ("beach", "sea"):
        world.assets[world.store(b"")].asset.tags.append(tag)
    refused = ann("tag", "rename", "beach", f"{space}sea{space}")
    assert (refused.exit_code, "RenameTag" in world.calls) == (2, False)
    assert "1 asset has sea already, and" in refused.stderr
    assert ann("tag", "rename", "beach", f"{space}coast").exit_code == 0
    assert ann("tags").stdout == "coast\t1\nsea\t1\n"


def test_a_person_gets_another_name(ann: Emo, world: World) -> None:
    """With an id of the request, so that it is done once."""
    world.assets[world.store(b"")].asset.people.append("Granny")
    assert ann("person", "rename", "Granny", "Grandma").exit_code == 0
    (asked,) = world.requests
    assert isinstance(asked, pb.RenamePersonRequest)
    assert (asked.person, asked.new_person, len(asked.request_id)) == ("Granny", "Grandma", 36)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("tag", "rename", "Sea", "beach"), "emo: no asset has the tag Sea; there is sea\n"),
        (("person", "rename", "nobody", "x"), "emo: no asset has the person nobody\n"),
        (("place", "rename", "nowhere", "x"), "emo: no asset has the place nowhere\n"),
    ],
)
def test_what_no_asset_has_is_not_renamed(ann: Emo, world: World, command: tuple[str, ...], said: str) -> None:
    """It is said, with what there is in other letters; nothing is asked of the server then."""
    world.assets[world.store(b"")].asset.tags.append("sea")
    done = ann(*command)
    assert (done.exit_code, done.stdout, done.stderr) == (4, "", said)
    assert not [call for call in world.calls if call.startswith("Rename")]
