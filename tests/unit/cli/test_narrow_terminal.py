"""Tables on terminals of any width."""

import re
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emo_grpc.cli
from emo.assets.v1.assets_pb2 import Asset, File
from emo.users.v1.users_pb2 import Session
from emo_grpc.cli.account.texts import SESSION_HEADINGS, session_row
from emo_grpc.cli.assets.descriptions import described
from emo_grpc.cli.assets.short_ids import SHORT, shortened
from emo_grpc.cli.assets.texts import print_assets
from emo_grpc.cli.dates import known_date
from emo_grpc.cli.terminal.message_texts import time_text
from emo_grpc.cli.terminal.table import LONG_WORD, MISSED_LEAST, MISSED_MORE, draw_table
from unit.cli.conftest import Emo
from unit.cli.drawn_tables import ID, OTHER, TABLES, Drawn
from unit.cli.terminal import Terminal
from unit.client.fake_server import World

ANSI = re.compile(r"\x1b\[[0-9;]*m")
COMMAND = Path(emo_grpc.cli.__file__).parent
MISSED = (*MISSED_LEAST, *MISSED_MORE)
ALL_TABLES = [(module, number) for module, drawn in TABLES.items() for number in range(len(drawn))]


@pytest.fixture
def world_of_one(world: World) -> str:
    asset_id = world.store(bytes(211_900), "holidays-at-sea.mp4")
    asset = world.assets[asset_id].asset
    asset.file.content_type = "video/mp4"
    asset.tags.append("sea")
    asset.bookmarked = True
    asset.create_time.GetCurrentTime()
    return asset_id


@pytest.mark.parametrize(
    ("columns", "shown", "left_out"),
    [
        (80, ("ID", "Title", "Type", "Size", "Created", "Tags"), ""),
        (60, ("ID", "Title", "Size", "Tags"), "type and created are not shown"),
        (45, ("ID", "Title"), "type, created, tags and size are not shown"),
    ],
)
def test_ids_give_way_first_and_columns_last(
    terminal: Terminal, world_of_one: str, columns: int, shown: tuple[str, ...], left_out: str
) -> None:
    """The size is the last one, the bookmark is always there, and what is not is told."""
    headings, *lines = ANSI.sub("", terminal.run("ls", columns=columns)[1]).splitlines()
    assert tuple(headings.split()) == shown
    assert lines[0].startswith(f"{world_of_one[:SHORT]} ")
    assert ("211.9 kB" in lines[0]) == ("Size" in shown)
    assert "bookmarked" in lines[0]
    assert max(map(len, lines)) <= columns
    said = " ".join(lines)
    assert "ids are shortened, commands take them so" in said
    assert left_out in said


def test_a_narrow_terminal_has_a_line_for_each_fact(terminal: Terminal, world_of_one: str) -> None:
    """Where one word of a title leaves no room beside it for a bookmark."""
    lines = ANSI.sub("", terminal.run("ls", columns=40)[1]).splitlines()
    assert lines[:4] == [
        f"ID     {world_of_one[:SHORT]}",
        "Title  holidays-at-sea.mp4",
        "Size   211.9 kB",
        "       bookmarked",
    ]
    assert max(map(len, lines)) <= 40


def letters(*texts: str) -> str:
    return "".join("".join(texts).split())


def left_out_of(told: str) -> set[str]:
    """The headings of columns that are told to be missing."""
    found = re.search(r"(?:^emo: |; )([^;]+) (?:is|are) not shown", told)
    return {each.capitalize() for each in re.split(", | and ", found[1])} if found else set()


def shown_values(table: Drawn, told: str) -> dict[str, str]:
    """By their headings, those of columns that are not left out."""
    left_out = left_out_of(told)
    values = {name: value for name, value in zip(table.headings, table.row, strict=True) if name not in left_out}
    if "ids are shortened" in told:
        values["ID"] = ID[:SHORT]
    return {name: value for name, value in values.items() if value or name not in MISSED_LEAST}


def test_no_table_is_forgotten() -> None:
    """Each module of the command that draws one has a row here, for each call that draws."""
    calls = {
        path.relative_to(COMMAND).as_posix(): len(re.findall(r"\bprint_rows\(", path.read_text("utf-8")))
        for path in COMMAND.rglob("*.py")
        if path.parent.name != "terminal"
    }
    assert {module: len(drawn) for module, drawn in TABLES.items()} == {each: n for each, n in calls.items() if n}


@pytest.mark.parametrize(("module", "number"), ALL_TABLES)
@pytest.mark.parametrize("columns", [200, 160, 120, 110, 80, 60, 40, 20])
def test_no_number_is_cut_and_no_word_is_lost(
    module: str, number: int, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any table, at any width: no line is too long, and no word is broken that has room in one."""
    monkeypatch.setenv("COLUMNS", str(columns))
    table = TABLES[module][number]
    draw_table(table.headings, [table.row], **table.options)
    drawn, told = capsys.readouterr()
    values = shown_values(table, told)
    assert Counter(letters(drawn)) == Counter(letters(*values, *values.values()))
    dated = ("Created", "Deleted", "Destroyed on", "Date", "When", "Due")
    for heading in ("Size", "Count", "Attempts", "Last used", *dated):
        assert values.get(heading, "") in drawn
    words = {word for text in (*values, *values.values()) for word in text.split()}
    assert {word for word in words if len(word) <= min(columns, LONG_WORD)} <= set(drawn.split())
    assert max(map(len, drawn.splitlines())) <= columns
    assert table.headings[0] != "ID" or ID[:SHORT] in drawn


def test_all_tables_leave_out_the_same_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of any two columns the same one goes first, in whichever table they stand; what a row is called always stays."""
    for table in (drawn for tables in TABLES.values() for drawn in tables):
        gone: list[str] = []
        for columns in range(130, 19, -10):
            monkeypatch.setenv("COLUMNS", str(columns))
            draw_table(table.headings, [table.row], **table.options)
            gone += sorted(left_out_of(capsys.readouterr().err) - set(gone), key=MISSED.index)
        order = [each for each in MISSED if each in gone and each != "Folder"]
        assert [each for each in gone if each != "Folder"] == order
        assert table.headings[0] not in gone


def test_a_row_without_room_is_drawn_as_facts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ids of 36 letters leave no room on 80 columns; each stays whole, beside what it is."""
    monkeypatch.setenv("COLUMNS", "80")
    (table,) = TABLES["admin/storage/findings.py"]
    draw_table(table.headings, [table.row, table.row])
    fact = [f"ID       {ID}", "Problem  part 3 damaged; part 7 missing", f"Owner    {OTHER}"]
    assert capsys.readouterr().out.splitlines() == [*fact, "", *fact]


def test_equal_names_are_told_apart_by_their_folders(terminal: Terminal, world: World) -> None:
    """Where several folders are listed, with when it was, as much as is known; what all have empty is not drawn."""
    for folder, date in (("Sea", "1994-08"), ("Lake", "1995")):
        asset = world.assets[world.store(b"", "IMG_0001")].asset
        asset.folder = folder
        described_date, _ = described({"event_date": known_date(date)})
        asset.MergeFrom(described_date)
    headings, *lines = ANSI.sub("", terminal.run("ls", columns=80)[1]).splitlines()
    assert headings.split() == ["ID", "Title", "Folder", "Date", "Size"]
    assert [line.split()[1:4] for line in lines[:2]] == [["IMG_0001", "Sea", "1994-08"], ["IMG_0001", "Lake", "1995"]]
    assert "not shown" not in lines[-1]


def test_a_folder_that_all_have_goes_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells nothing apart, so that what does has its place."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("emo_grpc.cli.assets.texts.is_terminal", lambda: True)
    monkeypatch.setattr("emo_grpc.cli.terminal.printing.is_terminal", lambda: True)
    file = File(name="a", content_type="video/mp4", size_bytes=1)
    said = Asset(title="Our days at the sea", folder="Family/1994/Birthday", file=file)
    assets = [Asset(asset_id=each) for each in (ID, OTHER)]
    for asset in assets:
        asset.MergeFrom(said)
        asset.tags.append("family")
        asset.create_time.GetCurrentTime()
    print_assets(assets, as_json=False)
    drawn, told = capsys.readouterr()
    assert drawn.split()[:6] == ["ID", "Title", "Type", "Size", "Created", "Tags"]
    assert "; folder is not shown" in told


def test_a_narrow_terminal_shows_whole_times(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a login the one of its last use, by which a person knows a stranger's."""
    monkeypatch.setenv("COLUMNS", "60")
    login = Session(session_id=str(uuid4()), device_id="emo on a-laptop", current=True)
    for time in (login.create_time, login.last_used_time, login.expire_time):
        time.GetCurrentTime()
    draw_table(SESSION_HEADINGS, [session_row(login)], short=True)
    drawn, told = capsys.readouterr()
    headings, *lines = drawn.splitlines()
    assert headings.split() == ["ID", "Device", "Last", "used"]
    assert lines[0].startswith(login.session_id[:SHORT])
    assert time_text(login.last_used_time) in lines[0]
    assert "ends and since are not shown" in told


def test_facts_are_whole(terminal: Terminal, world_of_one: str) -> None:
    """What does not fit goes on in the next line, the id too."""
    shown = ANSI.sub("", terminal.run("show", world_of_one, columns=40)[1])
    assert "…" not in shown
    assert world_of_one in "".join(shown.split())


@settings(max_examples=25)
@given(st.lists(st.uuids().map(str), min_size=1, max_size=8))
def test_shortened_ids_differ(ids: list[str]) -> None:
    """As far as the ids do."""
    assert len(set(shortened(ids))) == len(set(ids))
    assert all(whole.startswith(short) for whole, short in zip(ids, shortened(ids), strict=True))


def test_commands_take_the_beginning_of_an_id(ann: Emo, world: World) -> None:
    """If it is that of one asset; whatever is none is refused."""
    asset_id = world.store(b"hello", "a.txt")
    short = asset_id[:SHORT]
    assert ann("show", short.upper()).exit_code == 0
    assert ann("edit", short, "--title", "New").stdout == f"Changed {asset_id}.\n"
    assert ann("download", short).exit_code == 0
    assert ann("cancel", asset_id[:13]).exit_code == 0
    missing = "0000" if not asset_id.startswith("0000") else "1111"
    none = ann("show", missing)
    assert (none.exit_code, none.stderr) == (4, f"emo: no id begins with {missing}\n")
    assert ann("show", "abc").exit_code == 6
    twin = world.assets[asset_id]
    other = f"{short}{OTHER[SHORT:]}"
    world.assets[other] = type(twin)(type(twin.asset)(asset_id=other))
    both = ann("rm", "--yes", short)
    assert (both.exit_code, both.stderr) == (6, f"emo: more than one id begins with {short}: give more of it\n")
    assert len(world.assets) == 2
    assert ann("rm", "--yes", other[:14]).stdout == f"Destroyed {other}.\n"
