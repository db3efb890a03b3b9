"""What is peculiar to SQLite: which indexes its queries go through, and what a removal leaves in the file."""

import sqlite3
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from databases import opened
from emo_grpc.assets.adapters.sqlite.assets import DUE, IN_TRASH
from emo_grpc.assets.adapters.sqlite.folder_counters import ADDED
from emo_grpc.assets.adapters.sqlite.folder_moves import BELOW, COUNT, FIND, WITH_FACET
from emo_grpc.assets.adapters.sqlite.folder_views import FOLDER, SUBFOLDERS
from emo_grpc.assets.adapters.sqlite.labels import ALL, AS_MANY, BY_COUNT, BY_NAME, FEWER, LABEL_COUNT, PERIODS
from emo_grpc.assets.adapters.sqlite.page import TOTAL, page_sql
from emo_grpc.assets.adapters.sqlite.views import OWNED, OWNED_WITH_UPLOAD, TAG_CLOUD, TRASHED, USAGE
from emo_grpc.assets.domain.asset import AssetState, Description
from emo_grpc.assets.domain.content import WrappedKey
from emo_grpc.assets.service_layer.folder_views import FolderQuery, FolderView
from emo_grpc.assets.service_layer.views import AssetFilter, AssetQuery, SortField
from emo_grpc.shared.adapters.sqlite.database import SqliteDatabase
from stored import stored

from .engines import SCHEMAS, on_sqlite, sqlite_database, store_and_remove
from .labelled import LABELLED, counted
from .samples import ANN, NOW, a_ready_asset, an_asset

SINGLE = {
    "type": AssetFilter(content_types=("image/png",)),
    "family": AssetFilter(content_types=("image/*",)),
    "types": AssetFilter(content_types=("image/png", "video/*", "text/plain")),
    "tag": AssetFilter(tags=("a",)),
    "person": AssetFilter(people=("a",)),
    "bookmarked": AssetFilter(bookmarked=True),
    "not bookmarked": AssetFilter(bookmarked=False),
    "pending": AssetFilter(states=(AssetState.PENDING,)),
    "folder": AssetFilter(folder="a/b"),
    "folders": AssetFilter(folder="a", in_subfolders=True),
}
PERIODS_BOTH_WAYS = [LABEL_COUNT, *(PERIODS.format(direction=direction) for direction in ("ASC", "DESC"))]
PAGES_OF_LABELS = [BY_NAME, *(sql.format(place=place) for sql in BY_COUNT.values() for place in (ALL, AS_MANY, FEWER))]
Plan = Callable[..., str]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with sqlite_database(tmp_path) as made:
        yield made


async def plan_of(database: SqliteDatabase, query: AssetQuery) -> str:
    sql = page_sql(query)
    rows = await database.read(lambda connection: _explain(connection, sql.text, sql.values))
    # The rows of a page, at most its limit, are what the last step looks up its documents for.
    return "\n".join(row for row in rows if row != "SCAN p")


def _explain(connection: sqlite3.Connection, sql: str, values: tuple[str | int | bytes, ...]) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


def some_queries(chosen: AssetFilter, sort_field: SortField) -> list[AssetQuery]:
    last = "title" if sort_field is SortField.TITLE else 5
    after = (last, "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d")
    return [
        AssetQuery(owner_id, 100, chosen, sort_field, descending, viewer_id, cursor)
        for owner_id, viewer_id in ((ANN, None), (None, None), (None, ANN))
        for descending in (True, False)
        for cursor in (None, after)
    ]


@pytest.mark.parametrize("sort_field", SortField)
async def test_a_list_without_filter_is_one_range_of_its_index(database: SqliteDatabase, sort_field: SortField) -> None:
    """No list scans a table or sorts, and a deep page begins at its cursor."""
    for query in some_queries(AssetFilter(), sort_field):
        plan = await plan_of(database, query)
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
        assert f"asset_owners_by_{sort_field}" in plan
        if query.after is not None:
            assert f"({sort_field},asset_id){'<' if query.descending else '>'}(?,?)" in plan


@pytest.mark.parametrize("chosen", SINGLE.values(), ids=SINGLE)
async def test_a_list_by_one_filter_is_ranges_in_the_default_order(
    database: SqliteDatabase, chosen: AssetFilter
) -> None:
    """By create_time one filter is a range of its facet, or a merge of ranges, and a deep page begins at its cursor."""
    for query in some_queries(chosen, SortField.CREATE_TIME):
        plan = await plan_of(database, query)
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
        if query.after is not None:
            assert f"(create_time,asset_id){'<' if query.descending else '>'}(?,?)" in plan


@pytest.mark.parametrize("sort_field", [SortField.UPDATE_TIME, SortField.EVENT_DATE, SortField.TITLE])
@pytest.mark.parametrize("chosen", SINGLE.values(), ids=SINGLE)
async def test_in_other_orders_the_rare_are_sorted(
    database: SqliteDatabase, chosen: AssetFilter, sort_field: SortField
) -> None:
    """Only the assets of the group are, and no table is scanned."""
    for query in some_queries(chosen, sort_field):
        plan = await plan_of(database, query)
        assert "SCAN" not in plan
        assert "SEARCH d USING PRIMARY KEY (owner_id=? AND facet=? AND value=?)" in plan


@pytest.mark.parametrize(
    "sql",
    [
        OWNED,
        OWNED_WITH_UPLOAD,
        TAG_CLOUD,
        TOTAL,
        USAGE,
        FOLDER,
        SUBFOLDERS,
        COUNT,
        FIND,
        *PERIODS_BOTH_WAYS,
        *PAGES_OF_LABELS,
    ],
)
async def test_other_queries_go_through_indexes_too(database: SqliteDatabase, sql: str) -> None:
    """None scans a table or sorts."""
    values = (b"",) * sql.count("?")
    plan = "\n".join(await database.read(lambda connection: _explain(connection, sql, values)))
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


async def test_moves_of_folders_go_through_indexes(database: SqliteDatabase) -> None:
    """A batch begins at its place in the folder, and what is below it is ranges of the counters."""
    batch = await database.read(lambda connection: _explain(connection, WITH_FACET, (b"", "", "", 0, b"", 9)))
    assert (
        "SEARCH asset_facets USING PRIMARY KEY (owner_id=? AND facet=? AND value=? AND (create_time,asset_id)>(?,?))"
        in batch
    )
    assert not [step for step in batch if "B-TREE" in step or (step.startswith("SCAN") and step != "SCAN f")]
    below = await database.read(lambda connection: _explain(connection, BELOW, (b"", "", 9)))
    assert [step for step in below if "folder_usage" in step] == [
        "SEARCH folder_usage USING PRIMARY KEY (owner_id=? AND parent=?)",
        "SEARCH folder_usage USING PRIMARY KEY (owner_id=? AND parent>? AND parent<?)",
    ]


@pytest.mark.parametrize("sql", [IN_TRASH, DUE, TRASHED], ids=["trash", "due", "counts"])
async def test_queries_of_the_trash_go_through_indexes(database: SqliteDatabase, sql: str) -> None:
    """What is in a trash, what is due, and what it counts are each a range of an index."""
    values = (b"",) * sql.count("?")
    plan = "\n".join(await database.read(lambda connection: _explain(connection, sql, values)))
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'installation'"


async def test_a_removal_leaves_no_row(database: SqliteDatabase) -> None:
    """With an asset and its upload go their labels, owners, receipts and counters."""
    await store_and_remove(on_sqlite(database))

    def count(connection: sqlite3.Connection) -> dict[str, int]:
        tables = [row[0] for row in connection.execute(TABLES)]
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}

    assert set((await database.read(count)).values()) == {0}


async def test_a_destroyed_key_leaves_the_file(tmp_path: Path) -> None:
    """The bytes of the wrapped keys of removed assets, and of replaced ones, are nowhere in the closed file."""
    keys = [f"the secret key {number:02}".encode() for number in range(20)]
    async with sqlite_database(tmp_path) as database:
        engine = on_sqlite(database)
        assets = [a_ready_asset() for _ in keys]
        for asset, key in zip(assets, keys, strict=True):
            assert asset.content is not None
            asset.content = replace(asset.content, wrapped_key=WrappedKey("kek", key))
        await engine.save(*assets)
        for asset in assets[:5]:
            assert asset.content is not None
            asset.content = replace(asset.content, wrapped_key=WrappedKey("kek", b"x"))
            await engine.save(asset)
        await engine.remove(*assets[5:19])
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [key in left for key in map(b64encode, keys)] == [False] * 19 + [True]


async def test_a_change_writes_no_index_that_it_does_not_touch(database: SqliteDatabase) -> None:
    """Saving what did not change for lists leaves their rows alone."""
    engine = on_sqlite(database)
    asset = an_asset()
    await engine.save(asset)

    async with database.transaction() as transaction:
        await transaction.run(
            lambda connection: connection.executescript(
                "CREATE TRIGGER no_owners BEFORE UPDATE ON asset_owners BEGIN SELECT raise(ABORT, 'owners'); END;"
                "CREATE TRIGGER no_facets BEFORE INSERT ON asset_facets BEGIN SELECT raise(ABORT, 'facets'); END;"
            )
        )
    asset.describe(Description(title=asset.description.title, description="x"), asset.file, now=NOW)
    await engine.save(asset)
    assert (await engine.views.asset(asset.asset_id, ANN)).description.description == "x"


WITHOUT_FOLDERS = """
    DROP TRIGGER asset_folder_added; DROP TRIGGER asset_folder_removed;
    DROP TRIGGER asset_folder_left; DROP TRIGGER asset_folder_joined;
    DROP TABLE folder_usage;
    ALTER TABLE asset_owners DROP COLUMN folder;
    DELETE FROM asset_facets WHERE facet = 'folder';
    UPDATE assets SET document = json_set(document, '$.schema_version', 2);
"""


async def test_the_database_of_a_release_without_folders(tmp_path: Path) -> None:
    """Its assets are in no folder until they are saved, and then at the top; they go wholly."""
    asset, gone = an_asset(), an_asset()
    async with sqlite_database(tmp_path) as database:
        await on_sqlite(database).save(asset, gone)
    with stored(tmp_path) as connection:
        connection.executescript(WITHOUT_FOLDERS)
    async with opened(SqliteDatabase(tmp_path / "emo.sqlite3", SCHEMAS, ADDED)) as database:
        engine = on_sqlite(database)
        at_top, top = AssetQuery(ANN, 9, AssetFilter(folder="")), FolderQuery(ANN, "", 9)
        assert not (await engine.views.page(at_top)).items
        assert (await engine.views.folders(top)).folder.count == 0
        await engine.save(asset)
        assert (await engine.views.folders(top)).folder == FolderView("", 1, 0, 1, 0)
        assert len((await engine.views.page(at_top)).items) == 1
        await engine.remove(asset, gone)
        rows = await database.read(lambda connection: connection.execute("SELECT * FROM folder_usage").fetchall())
    assert rows == []


WITHOUT_PLACES_AND_DAYS = """
    DELETE FROM asset_facets WHERE facet IN ('location', 'day', 'month', 'year');
    DELETE FROM asset_labels;
    UPDATE assets SET document = json_set(document, '$.schema_version', 2);
"""


async def test_labels_of_an_earlier_release_count_when_saved(database: SqliteDatabase) -> None:
    """An asset that a release stored which counted tags and people alone is counted by all, and goes wholly."""
    engine = on_sqlite(database)
    asset = an_asset(LABELLED)
    await engine.save(asset)
    async with database.transaction() as transaction:
        await transaction.run(lambda connection: connection.executescript(WITHOUT_PLACES_AND_DAYS))
    assert await counted(engine) == ([], ["sea"], [], [], [])
    await engine.save(asset)
    assert await counted(engine) == (["sea"], ["sea"], ["Ann"], ["Zürich"], ["1994"])
    await engine.remove(asset)
    assert await counted(engine) == ([], [], [], [], [])
