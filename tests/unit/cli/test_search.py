"""`emo search`."""

import json

from emo.assets.v1 import assets_pb2 as pb
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.cli.test_narrow_terminal import ANSI
from unit.client.fake_server import World

ONLY_LATEST = "only your latest assets were ranked"


def page(*titles: str, older: bool = False) -> pb.SearchAssetsResponse:
    """What the server answers."""
    results = [
        pb.SearchResult(asset=pb.Asset(asset_id=f"id-{title}", title=title), matched_fields=["title", "file.name"])
        for title in titles
    ]
    return pb.SearchAssetsResponse(results=results, older_assets_remain=older)


def sent(world: World) -> list[pb.SearchAssetsRequest]:
    return [request for request in world.requests if isinstance(request, pb.SearchAssetsRequest)]


def titles(stdout: str) -> list[str]:
    return [line.split("\t")[1] for line in stdout.splitlines()]


def test_words_and_options_are_sent(ann: Emo, world: World) -> None:
    """All words are one query, and options narrow it as they do `emo ls`."""
    assert ann("search", "grandma", "birthday", "--person", "ann", "--from", "1994", "--kind", "photo").exit_code == 0
    (asked,) = sent(world)
    assert asked.query == "grandma birthday"
    assert asked.filter == pb.AssetFilter(
        expression='people:"ann"', event_date_from="1994", kinds=[pb.ASSET_KIND_PHOTO]
    )


def test_words_must_be_given(ann: Emo, world: World) -> None:
    """A search for nothing is none."""
    done = ann("search", "--tag", "sea")
    assert (done.exit_code, "TEXT" in done.stderr) == (2, True)
    assert sent(world) == []


def test_results_in_a_pipe_and_as_json(ann: Emo, world: World) -> None:
    """As lines of `emo ls`, with what matched behind them; with --json as the contract has them."""
    world.found = [page("lake")]
    done = ann("search", "lake")
    assert (done.stdout, done.stderr) == ("id-lake\tlake\t\t0\t\t\tnot complete\t\t\ttitle, file\n", "")
    assert json.loads(ann("search", "lake", "--json").stdout) == [
        {"asset": {"asset_id": "id-lake", "title": "lake"}, "matched_fields": ["title", "file.name"]}
    ]


def test_results_at_a_terminal(terminal: Terminal, world: World) -> None:
    """A table with what matched, less columns in which there is nothing."""
    world.found = [page("lake")]
    exit_code, shown = terminal.run("search", "lake", columns=120)
    headings, line = ANSI.sub("", shown).splitlines()
    assert exit_code == 0
    assert headings.split() == ["ID", "Title", "Size", "Found", "in"]
    assert line.strip().endswith("title, file")


def test_as_many_as_are_asked_for(ann: Emo, world: World) -> None:
    """Over as many pages as it takes, and it is told when there are more."""
    world.found = [page("a", "b"), page("c"), page("d")]
    done = ann("search", "x", "-n", "3")
    assert titles(done.stdout) == ["a", "b", "c"]
    assert "there are more" in done.stderr
    done = ann("search", "x", "-n", "4")
    assert (titles(done.stdout), done.stderr) == (["a", "b", "c", "d"], "")


def test_a_ranking_of_a_part_is_told(ann: Emo, world: World) -> None:
    """It stops where the ranking does; --all goes on to older assets, and tells that these are ranked apart."""
    world.found = [page("a", older=True), page("b", older=True), page("c")]
    done = ann("search", "x")
    assert titles(done.stdout) == ["a"]
    assert (ONLY_LATEST in done.stderr, done.stderr.count("\n")) == (True, 1)
    done = ann("search", "x", "--all")
    assert titles(done.stdout) == ["a", "b", "c"]
    assert "too many to rank at once" in done.stderr


def test_a_ranking_that_goes_on_is_shown_to_its_end(ann: Emo, world: World) -> None:
    """Full pages belong together, however many it takes."""
    world.found = [page(*map(str, range(1000)), older=True), page("a", older=True), page("b")]
    done = ann("search", "x", "-n", "1500")
    assert titles(done.stdout)[-2:] == ["999", "a"]
    assert ONLY_LATEST in done.stderr


def test_what_is_far_away_is_gone_to(ann: Emo, world: World) -> None:
    """Pages without any result are no answer: the search goes on until there is one, or the end."""
    world.found = [page(older=True), page(older=True), page("a")]
    done = ann("search", "x")
    assert (titles(done.stdout), done.stderr) == (["a"], "")
    assert [request.page_token for request in sent(world)] == ["", "1", "2"]


def test_what_can_t_be_shown_is_named(ann: Emo, world: World) -> None:
    """Once, beside the others."""
    world.found = [page("a"), pb.SearchAssetsResponse(unreadable_asset_ids=["id-b"])]
    done = ann("search", "x")
    assert titles(done.stdout) == ["a"]
    assert done.stderr.startswith("emo: id-b can't be shown")
