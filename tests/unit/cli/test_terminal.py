"""What a person at a terminal sees."""

from pathlib import Path

import pytest

from emo.assets.v1.assets_pb2 import GetAssetStatsResponse
from emo_grpc.cli.assets.outcomes import Outcome, sum_text
from emo_grpc.cli.assets.sync.steps import Action, Step, print_what_was_done
from emo_grpc.cli.assets.texts import limit_lines
from unit.cli.terminal import Terminal
from unit.client.fake_server import PASSWORD, World


def test_lists_are_tables(terminal: Terminal, world: World) -> None:
    """With headings, marks, and the sizes in units."""
    asset_id = world.store(bytes(1500), "beach.mp4")
    world.assets[asset_id].asset.bookmarked = True
    exit_code, shown = terminal.run("ls")
    assert exit_code == 0
    for expected in ("Title", "Size", asset_id, "beach.mp4", "1.5 kB", "bookmarked"):
        assert expected in shown


def test_facts_and_quota_are_drawn(terminal: Terminal, world: World) -> None:
    """One fact a line, and a bar for what is used."""
    asset_id = world.store(bytes(250_000), "a.txt")
    assert "a.txt" in terminal.run("show", asset_id)[1]
    assert "░" in terminal.run("stats")[1]


def test_uploads_show_a_bar_and_what_they_made(terminal: Terminal, world: World) -> None:
    """The name, the speed, and in the end the id and the size."""
    name = "a long name of a photo taken at the beach.jpg"
    Path(name).write_bytes(bytes(3_000_000))
    exit_code, shown = terminal.run("upload", name)
    (asset_id,) = world.assets
    assert exit_code == 0
    assert "a long name of a photo taken at…" in shown
    assert f"{asset_id}  {name}  3.0 MB" in shown
    assert f"{name}  (there; --again uploads it once more)" in terminal.run("upload", name)[1]


def test_downloads_show_what_they_made(terminal: Terminal, world: World) -> None:
    """The path and the size."""
    assert "copy  5 B" in terminal.run("download", world.store(b"hello"), "-o", "copy")[1]


def test_sums_of_many_files_have_separated_thousands() -> None:
    """Each number of the sentence, and not only the first."""
    done = [Outcome.NEW] * 1200 + [Outcome.THERE] * 1300
    assert sum_text(done, 5) == "2,500 files: 1,200 new, 1,300 there; 5 B new."


@pytest.mark.parametrize(
    ("is_plan", "sentence"),
    [
        (True, "Nothing was done. It would send 1,200, move 1,300 to the trash; 4,000 the same."),
        (False, "1,200 sent, 1,300 moved to the trash, 4,000 the same."),
    ],
)
def test_sums_of_large_syncs_have_separated_thousands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_plan: bool, sentence: str
) -> None:
    """Whether it is done or only planned."""
    monkeypatch.setattr("emo_grpc.cli.assets.sync.steps.is_terminal", lambda: True)
    steps = [Step(Action.SEND, "a", 1)] * 1200 + [Step(Action.TRASH, "b", 1)] * 1300
    print_what_was_done(steps, 4000, is_plan=is_plan)
    assert capsys.readouterr().out.split() == sentence.split()


def test_removing_asks(terminal: Terminal, world: World) -> None:
    """No means no."""
    asset_id = world.store(b"", "beach.mp4")
    exit_code, shown = terminal.run("rm", asset_id, typed="n\n")
    assert (exit_code, list(world.assets)) == (0, [asset_id])
    assert "Destroy 'beach.mp4'" in shown
    terminal.run("rm", asset_id, typed="y\n")
    assert world.assets == {}


def test_who_chooses_a_password_is_told_what_it_takes(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the question itself."""
    asked: list[str] = []

    def typed(prompt: str = "", *_: object, **__: object) -> str:
        asked.append(prompt)
        return PASSWORD

    monkeypatch.setattr("getpass.getpass", typed)
    monkeypatch.delenv("EMO_PASSWORD")
    exit_code, shown = terminal.run("register", "bob", "--email", "bob@example.com")
    assert exit_code == 0
    assert "at least 8 characters" in shown + "".join(asked)


def test_what_is_missing_is_asked_for(terminal: Terminal) -> None:
    """A name here; a password would not be shown."""
    exit_code, shown = terminal.run("login", typed="ann\n")
    assert exit_code == 0
    assert "Username or e-mail" in shown


def test_limits_that_are_nearly_reached_are_said() -> None:
    """And none that is far away, or that an earlier server does not tell of."""
    full = GetAssetStatsResponse(metadata_bytes=8, metadata_quota_bytes=10, pending_count=4000, pending_limit=5000)
    assert limit_lines(full) == [
        "8 B of 10 B used for descriptions, tags and people",
        "4,000 of 5,000 assets that may wait for their files do",
    ]
    far = GetAssetStatsResponse(metadata_bytes=7, metadata_quota_bytes=10, pending_count=3999, pending_limit=5000)
    assert limit_lines(far) == limit_lines(GetAssetStatsResponse()) == []


def test_nothing_found_is_said(terminal: Terminal) -> None:
    """Instead of headings without anything below."""
    assert terminal.run("ls") == (0, "emo: there is nothing to list\r\n")
