"""Ids as people type them: all of one, or its beginning."""

import pytest

from unit.cli.conftest import Emo
from unit.client.fake_server import World

COMMANDS = [
    *(
        ("edit", "--title", "x", "--yes"),
        ("rm", "--yes"),
        ("rm", "--dry-run"),
        ("download",),
        ("download", "-o", "out/"),
    ),
    *(("trash", "restore"), ("trash", "purge", "--yes")),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_id_is_named_before_anything_is_done(ann: Emo, world: World, command: tuple[str, ...]) -> None:
    """Among several, and before a question; the server is not asked."""
    asset_id = world.store(b"x")
    world.calls.clear()
    done = ann(*command, asset_id, "nope", asset_id[:8])
    assert (done.exit_code, done.stdout) == (6, "")
    assert done.stderr == "emo: nope is no id: give all of an id, or at least its first 4 characters\n"
    assert not [call for call in world.calls if "Asset" in call]


@pytest.mark.parametrize("command", [*COMMANDS, ("show",), ("cancel",)])
def test_a_beginning_has_four_characters(ann: Emo, world: World, command: tuple[str, ...]) -> None:
    """Fewer are refused with how many there must be, though no other id begins so; help tells it, too."""
    asset_id = world.store(b"x")
    done = ann(*command, asset_id[:3])
    assert (done.exit_code, done.stdout) == (6, "")
    assert done.stderr == f"emo: {asset_id[:3]} is no id: give all of an id, or at least its first 4 characters\n"
    assert "4 characters or more" in " ".join(ann(*command, "--help").stdout.replace("│", " ").split())


def test_who_says_of_nothing_which_is_told_of_the_filter(ann: Emo) -> None:
    """Tags that emo edit is given say what is to be, and not which assets are meant."""
    done = ann("edit", "--tag", "sea", "--yes")
    assert done.exit_code == 2
    assert "by options such as --folder and --filter 'tags:sea'; --help lists them" in done.stderr
