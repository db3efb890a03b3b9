"""Where lines end on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from emo_grpc.cli.terminal.wrapping import longest_word, wrapped
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import World


@given(st.text("a1 B京é\t.'\"\\`", max_size=60), st.integers(2, 30))
def test_lines_end_with_their_words(text: str, columns: int) -> None:
    """No word is broken or lost, and only a single word is wider than the terminal."""
    lines = wrapped(text, columns)
    assert " ".join(lines).split() == text.split()
    for line in lines:
        assert cell_len(line.rstrip()) <= columns or len(line.split()) == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Move 'Summer of 1994' (5 B) to the trash?", ["Move", "'Summer of 1994'", "(5 B) to the trash?"]),
        ('It is not "Ann\'s garden", is it?', ["It is not", '"Ann\'s garden", is', "it?"]),
        (r"It has 'a \' and more' in it", ["It has", r"'a \' and more' in", "it"]),
        ("after it `emo trash ls` lists it", ["after it", "`emo trash ls` lists", "it"]),
        ("There are now 41.3 MB, and more", ["There are now", "41.3 MB, and more"]),
        ("It came in, 2026-11-27 09:06 or so", ["It came in,", "2026-11-27 09:06 or", "so"]),
        ("the dogs' bowl and the cats' milk", ["the dogs' bowl and", "the cats' milk"]),
        ("don't move 'Our summer at the sea' there", ["don't move 'Our", "summer at the sea'", "there"]),
    ],
)
def test_what_is_quoted_stays_whole(text: str, lines: list[str]) -> None:
    """If it fits on a line of its own, as sizes and times do; an apostrophe quotes nothing."""
    assert wrapped(text, 20) == lines


def test_a_time_is_one_word() -> None:
    """And so is a number with its unit."""
    assert (longest_word("2026-11-27 09:06"), longest_word("211.9 kB"), longest_word("the sea\nin summer")) == (
        16,
        8,
        6,
    )


@pytest.mark.parametrize("columns", [40, 80])
def test_messages_end_lines_with_their_words(terminal: Terminal, world: World, columns: int) -> None:
    """On standard error, of wrong usage, of the server's refusals, and in questions."""
    asset_id = world.store(b"", "Our days at the sea in the summer of 1994.mp4")
    for arguments in (
        ("ls", "--frm", "1994"),
        ("upload", "a file that is not there, whatever its name is"),
        ("rm", asset_id),
    ):
        shown = terminal.run(*arguments, columns=columns, typed="n\n")[1].replace("[y/N]: ", "[y/N]:\n")
        assert max(map(len, shown.splitlines())) <= columns, shown


def test_what_a_program_reads_stays_one_line(ann: Emo) -> None:
    """However long it is."""
    done = ann("upload", "a file that is not there, whatever its name is, " * 4)
    assert done.stderr.count("\n") == 1
