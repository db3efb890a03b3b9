"""What `emo ls` is asked for, as it is sent."""

import pytest

from emo.assets.v1 import assets_pb2 as pb
from unit.cli.conftest import Emo
from unit.client.fake_server import World

CASES: dict[tuple[str, ...], pb.AssetFilter] = {
    ("lake",): pb.AssetFilter(text="lake"),
    ("grandma's", "birth*"): pb.AssetFilter(text="grandma's birth*"),
    ("--tag", "sea", "--tag", "family"): pb.AssetFilter(tags=["sea", "family"]),
    ("--person", "Ann"): pb.AssetFilter(expression='people:"Ann"'),
    ("--person", 'A"n\\n S*m*', "--person", "Bob"): pb.AssetFilter(
        expression=r'people:"A\"n\\n S\*m*" AND people:"Bob"'
    ),
    ("--filter", "a OR b", "--person", "Ann"): pb.AssetFilter(expression='a OR b AND people:"Ann"'),
    ("--place", "girona"): pb.AssetFilter(location="girona"),
    ("--folder", "Photos/1994"): pb.AssetFilter(folder="Photos/1994"),
    ("--folder", "/Photos/", "-r"): pb.AssetFilter(folder="Photos", folder_recursive=True),
    ("--folder", "/"): pb.AssetFilter(folder=""),
    ("--kind", "photo", "--kind", "VIDEO"): pb.AssetFilter(kinds=[pb.ASSET_KIND_PHOTO, pb.ASSET_KIND_VIDEO]),
    ("--type", "image/*"): pb.AssetFilter(content_types=["image/*"]),
    ("--from", "1994", "--to", "1995-06"): pb.AssetFilter(event_date_from="1994", event_date_to="1995-06"),
    ("--has", "place", "--has", "date"): pb.AssetFilter(present_fields=["location", "event_date"]),
    ("--without", "tags"): pb.AssetFilter(absent_fields=["tags"]),
    ("--not-bookmarked",): pb.AssetFilter(bookmarked=False),
    ("--pending",): pb.AssetFilter(states=[pb.ASSET_STATE_PENDING]),
    ("--filter", "a OR b", "c"): pb.AssetFilter(text="c", expression="a OR b"),
    (): pb.AssetFilter(),
}


@pytest.mark.parametrize("typed", CASES, ids=" ".join)
def test_what_is_typed_is_asked_for(ann: Emo, world: World, typed: tuple[str, ...]) -> None:
    """Each option by its field."""
    world.assets[world.store(b"")].asset.folder = "Photos/1994"
    assert ann("ls", *typed).exit_code == 0
    assert world.lists[-1].filter == CASES[typed]


@pytest.mark.parametrize(
    ("typed", "order_by"),
    [
        ((), "create_time desc"),
        (("--reverse",), "create_time"),
        (("--from", "1994"), "event_date desc"),
        (("--to", "1995-06", "--reverse"), "event_date"),
        (("--from", "1994", "--sort", "created"), "create_time desc"),
        (("--sort", "date"), "event_date desc"),
        (("--sort", "size"), "size desc"),
        (("--sort", "size", "--reverse"), "size"),
        (("--sort", "title"), "title"),
        (("--sort", "title", "--reverse"), "title desc"),
        (("--sort", "Changed"), "update_time desc"),
        (("--order-by", "title desc"), "title desc"),
    ],
)
def test_orders(ann: Emo, world: World, typed: tuple[str, ...], order_by: str) -> None:
    """The latest and the largest come first, titles from A to Z; or the other way round."""
    assert ann("ls", *typed).exit_code == 0
    assert world.lists[-1].order_by == order_by


def test_two_orders_are_one_too_many(ann: Emo, world: World) -> None:
    """It is not guessed which is meant."""
    for also in (("--sort", "size"), ("--reverse",)):
        done = ann("ls", "--order-by", "title", *also)
        assert (done.exit_code, "--order-by says all of the order" in done.stderr) == (2, True)
    assert world.lists == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("--kind", "film"), "'film' is no kind; these are: photo, video, audio, document, other"),
        (("--has", "size"), "'size' is no field; these are: description, tags, people, place, date, folder"),
        (("--sort", "colour"), "'colour' is no order; these are: date, created, changed, title, size"),
    ],
)
def test_what_is_no_choice_is_told_with_the_choices(ann: Emo, typed: tuple[str, str], told: str) -> None:
    """Before anything is sent."""
    done = ann("ls", *typed)
    assert (done.exit_code, done.stderr) == (
        2,
        f"emo: invalid value for '{typed[0]}': {told}; see emo ls --help\n",
    )


@pytest.mark.parametrize("command", ["ls", "timeline", "rm", "export --to x"])
@pytest.mark.parametrize("typed", ["1994-13", "1994-02-30", "94", "0000", "yesterday", "1994-05-06T10:00"])
def test_what_is_no_day_is_wrong_usage_everywhere(ann: Emo, world: World, command: str, typed: str) -> None:
    """As it is of --date and --since, and nothing is asked of the server."""
    world.calls.clear()
    done = ann(*command.split(), "--from", typed)
    told = f"invalid value for '--from': '{typed}' is no date; write it as 1994, 1994-05 or 1994-05-06"
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"emo: {told}; see emo ")
    assert world.calls == []


def test_an_export_is_narrowed_as_a_list_is(ann: Emo, world: World) -> None:
    """By words and by all options but --pending; its last day is called --through, since --to is where it goes."""
    typed = ("grandma", "--from", "1994", "--through", "1995-06", "--place", "girona", "--to", "out.zip")
    assert ann("export", *typed).exit_code == 0
    asked = pb.AssetFilter(text="grandma", location="girona", event_date_from="1994", event_date_to="1995-06")
    assert world.lists[-1].filter == asked
    assert ann("export", "--to", "x", "--pending").exit_code == 2


def test_an_empty_filter_lets_nothing_through(ann: Emo, world: World) -> None:
    """A variable of a script that is not set is told."""
    for typed in (("",), ("--filter", ""), ("--place", ""), ("--from", "")):
        assert ann("ls", *typed).exit_code == 2
    assert world.lists == []
