"""Tables on terminals of any width."""

import re
from collections import Counter
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.assets.v1.assets_pb2 import Asset, File
from emo.users.v1.users_pb2 import Session
from emo_grpc.cli.account.activity_texts import HEADINGS as ACTIVITY_HEADINGS
from emo_grpc.cli.account.activity_texts import SPARE as ACTIVITY_SPARE
from emo_grpc.cli.account.texts import SESSION_HEADINGS, SPARE, session_row
from emo_grpc.cli.admin.audit.listing import HEADINGS as AUDIT_HEADINGS
from emo_grpc.cli.admin.audit.listing import SPARE as AUDIT_SPARE
from emo_grpc.cli.admin.outgoing.outbox_rows import HEADINGS as OUTBOX_HEADINGS
from emo_grpc.cli.admin.outgoing.outbox_rows import SPARE as OUTBOX_SPARE
from emo_grpc.cli.admin.storage.finding_formats import HEADINGS as FINDING_HEADINGS
from emo_grpc.cli.assets.descriptions import described
from emo_grpc.cli.assets.short_ids import SHORT, shortened
from emo_grpc.cli.assets.texts import ASSET_HEADINGS, FOUND_IN, print_assets
from emo_grpc.cli.assets.texts import SPARE as ASSET_SPARE
from emo_grpc.cli.assets.trash_texts import HEADINGS as TRASH_HEADINGS
from emo_grpc.cli.assets.trash_texts import SPARE as TRASH_SPARE
from emo_grpc.cli.dates import known_date
from emo_grpc.cli.terminal.message_texts import time_text
from emo_grpc.cli.terminal.table import draw_table
from unit.cli.conftest import Emo
from unit.cli.terminal import Terminal
from unit.client.fake_server import World

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ID, OTHER = "7035095b-41a2-4f29-9bdb-85e84eadae56", "c1c7a9f2-3a9d-4a2e-8b55-3d62f8f7ab0c"
ASSET = (
    *(ID, "Our days at the sea in summer", "Family/1994/Grandma's birthday", "1994-08", "video/mp4", "211.9 kB"),
    *("2026-11-22", "family, sea", "bookmarked"),
)
TABLES = {
    "ls": (ASSET_HEADINGS, ASSET, {"spare": ASSET_SPARE, "short": True, "right": ("Size",)}),
    "search": (
        (*ASSET_HEADINGS, FOUND_IN),
        (*ASSET, "title, file"),
        {"spare": (*ASSET_SPARE, FOUND_IN), "short": True, "right": ("Size",)},
    ),
    "trash": (
        TRASH_HEADINGS,
        (ID, "Our days at the sea in summer", "video/mp4", "211.9 kB", "2026-11-22", "2026-12-22"),
        {"spare": TRASH_SPARE, "short": True, "right": ("Size",)},
    ),
    "activity": (
        ACTIVITY_HEADINGS,
        ("2026-11-27 09:06", "login-failed: INVALID", "an administrator", "192.0.2.7", f"session_id={ID}", OTHER),
        {"spare": ACTIVITY_SPARE},
    ),
    "outbox": (
        OUTBOX_HEADINGS,
        (ID, "AssetDeleted", "assets.remove_file", "12", "the mail server is away", "waiting", "2026-11-27 09:06"),
        {"spare": OUTBOX_SPARE, "short": True},
    ),
    "verify": (FINDING_HEADINGS, (ID, "part 3 damaged; part 7 missing", OTHER), {}),
    "sessions": (
        SESSION_HEADINGS,
        (ID, "emo on a-laptop", *3 * ["2026-11-27 09:06"], "this one"),
        {"spare": SPARE, "short": True},
    ),
    "audit": (
        AUDIT_HEADINGS,
        ("2026-11-27 09:06", "token-exchanged", ID, f"service {OTHER}", "192.0.2.7", f"session_id={ID}", OTHER),
        {"spare": AUDIT_SPARE},
    ),
    "stats": (("Kind", "Count", "Size"), ("document", "1234567", "211.9 kB"), {}),
}


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
        (40, ("ID", "Title", "Size"), "type, created and tags are not shown"),
    ],
)
def test_ids_give_way_first_and_columns_last(
    terminal: Terminal, world_of_one: str, columns: int, shown: tuple[str, ...], left_out: str
) -> None:
    """The size and the bookmark are always there, and what is not is told."""
    headings, *lines = ANSI.sub("", terminal.run("ls", columns=columns)[1]).splitlines()
    assert tuple(headings.split()) == shown
    assert lines[0].startswith(f"{world_of_one[:SHORT]} ")
    assert "211.9 kB" in lines[0]
    assert "bookmarked" in lines[0]
    assert all(len(line) <= columns for line in lines if not line.startswith("emo: "))
    assert "ids are shortened, commands take them so" in lines[-1]
    assert left_out in lines[-1]


def letters(*texts: str) -> str:
    return "".join("".join(texts).split())


def left_out_of(told: str) -> set[str]:
    """The headings of columns that are told to be missing."""
    found = re.search(r"(?:^emo: |; )([^;]+) (?:is|are) not shown", told)
    return {each.capitalize() for each in re.split(", | and ", found[1])} if found else set()


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("columns", [200, 160, 110, 80, 60, 40, 20])
def test_no_number_is_cut_and_no_word_is_lost(
    name: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any table, at any width; from 40 columns on no line is too long."""
    monkeypatch.setenv("COLUMNS", str(columns))
    headings, row, options = TABLES[name]
    draw_table(headings, [row], **options)  # type: ignore[arg-type]  # the options of draw_table
    drawn, told = capsys.readouterr()
    values = {heading: value for heading, value in zip(headings, row, strict=True) if heading not in left_out_of(told)}
    if "ids are shortened" in told:
        values["ID"] = ID[:SHORT]
    assert Counter(letters(drawn)) == Counter(letters(*values, *values.values()))
    dated = ("Created", "Deleted", "Destroyed on", "Date", "When", "Due")
    for heading in ("Size", "Count", "Attempts", "Last used", *dated):
        assert values.get(heading, "") in drawn
    if columns >= 40:
        assert max(map(len, drawn.splitlines())) <= columns
    assert headings[0] != "ID" or ID[:SHORT] in drawn


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
    draw_table(SESSION_HEADINGS, [session_row(login)], spare=SPARE, short=True)
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
