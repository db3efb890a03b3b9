"""Searches by words, over every engine."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from emo_grpc.assets.adapters.queries import drivers, page_builder
from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.service_layer.expressions import Not, Says, TextField
from emo_grpc.assets.service_layer.search import SearchQuery
from emo_grpc.assets.service_layer.views import AssetFilter
from emo_grpc.shared.domain.ids import UserId

from .asked import DAY, alike
from .engines import Engine
from .ranked import everything, expected, pages
from .samples import ANN, BOB, NOW, a_ready_asset, an_asset

LAKE = SearchQuery(ANN, "lake", 3, AssetFilter())


def said(text: str = "", *, days: int = 0, name: str = "x.bin", **more: str | tuple[str, ...]) -> Asset:
    """An asset with these texts, made so many days from now."""
    description = Description(title=text or "-", **more)  # type: ignore[arg-type] # its fields of text
    asset = an_asset(description, now=NOW + days * DAY)
    asset.file = replace(asset.file, name=name)
    return asset


async def found(engine: Engine, text: str, owner_id: UserId = ANN) -> list[str]:
    """The titles, in order."""
    query = SearchQuery(owner_id, text, 2, AssetFilter())
    return [match.asset.description.title for page in await pages(engine, query) for match in page.matches]


async def test_where_words_are_counts(engine: Engine) -> None:
    """Title and people, tags and place, folder and file name, description, in this order; equal ones latest first."""
    made = [
        said(description="The lake"),
        said(folder="1994/lake"),
        said(name="lake.jpg", days=-1),
        said(tags=("my lake",)),
        said(location="By the lake", days=-1),
        said(people=("Lake, Ann",)),
        said("The lake", days=-1),
        said("The lake", days=-2, description="lake"),
    ]
    await engine.save(*made, said("The lakes"), said("Sea"))
    best = [5, 6, 7, 3, 4, 1, 2, 0]
    ranked = await everything(engine, LAKE)
    assert [asset_id for asset_id, _ in ranked[:-1]] == [made[at].asset_id for at in best]
    assert [fields for _, fields in ranked] == [
        (TextField.PEOPLE,), (TextField.TITLE,), (TextField.TITLE, TextField.DESCRIPTION), (TextField.TAGS,),
        (TextField.LOCATION,), (TextField.FOLDER,), (TextField.FILE_NAME,), (TextField.DESCRIPTION,),
        (TextField.TITLE,),
    ]  # fmt: skip


async def test_words_as_they_are_come_before_beginnings(engine: Engine) -> None:
    """The last word may go on, and no other one; one that is there as it is counts more, wherever it is."""
    await engine.save(
        said("Annual meeting of birds"), said("Letter", description="From Ann"), said("Ann's birthday", days=1)
    )
    assert await found(engine, "ann") == ["Ann's birthday", "Letter", "Annual meeting of birds"]
    assert await found(engine, "ann bir") == ["Ann's birthday"]
    assert await found(engine, "an bir") == []
    assert await found(engine, "BÍR") == ["Ann's birthday", "Annual meeting of birds"]


async def test_every_word_counts(engine: Engine) -> None:
    """Assets with two words in titles come before those with one in the title and one elsewhere."""
    await engine.save(
        said("Lake", description="grandma"),
        said("Grandma at the lake", days=-2),
        said("Grandma", tags=("lake",), days=-1),
    )
    assert await found(engine, "lake grandma") == ["Grandma at the lake", "Grandma", "Lake"]


ALIKE = [
    ("collegi", "El col·legi nou", "El coll"),
    ("l'àvia", "Aniversari de l'avia", "avi"),
    ("cumpleanos nino", "Cumpleaños del niño", "Cumpleaños"),
    ("strasse", "Die Straße", "Stras"),
    ("STRAS", "Die Straße", "Strahl"),
    ("munchen", "München", "Munch"),
    ("誕生日", "祖母の誕生日", "誕生"),
    ("祖", "祖母の誕生日", "母"),
    ("母の誕", "祖母の誕生日", "母の日"),
    ("ﾊﾞﾅﾅ", "バナナ", "バター"),
    ("🎂 ann", "🎂 Ann", "🎁 Ann"),
]
"""What is typed, what it finds, and what it does not."""


async def test_languages(engine: Engine) -> None:
    """What people type finds what they wrote, and nothing alike."""
    for text, title, other in ALIKE:
        owner_id = UserId(uuid4())
        made = [said(title), said(other)]
        for asset in made:
            asset.owner_ids = (owner_id,)
        await engine.save(*made)
        assert await found(engine, text, owner_id) == [title], text


async def test_only_the_callers_own_and_nothing_from_the_trash(engine: Engine) -> None:
    """Assets of others are never found, what two own is found once by each, and what is in the trash by nobody."""
    shared, away = said("Our lake"), a_ready_asset(Description(title="Lake that was"))
    shared.owner_ids = (ANN, BOB)
    away.move_to_trash(now=NOW, purge_time=NOW + timedelta(days=30))
    bobs = an_asset(Description(title="Bob's lake", people=("Lake",)), owner_id=BOB, now=NOW - DAY)
    await engine.save(shared, away, bobs)
    assert await found(engine, "lake") == ["Our lake"]
    assert await found(engine, "lake", BOB) == ["Our lake", "Bob's lake"]
    assert await found(engine, "lake", UserId(uuid4())) == []


async def test_a_filter_narrows_it(engine: Engine) -> None:
    """As it does a list, whether it has an expression or not."""
    made = alike(40)
    await engine.save(*made)
    for chosen in (
        AssetFilter(tags=("t1",)),
        AssetFilter(expression=Not(Says("odd"))),
        AssetFilter(tags=("t2",), expression=Says("rare", TextField.TITLE)),
    ):
        query = SearchQuery(ANN, "the la", 7, chosen)
        assert await everything(engine, query) == expected(made, query)


async def test_little_is_found(engine: Engine) -> None:
    """Words that are none, or nowhere together, find nothing; one that all have, all."""
    made = alike(9)
    await engine.save(*made)
    for text in ("!", "even odd", "zzz", "the"):
        query = replace(LAKE, text=text)
        assert await everything(engine, query) == expected(made, query)


async def test_what_is_too_much_to_rank_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ranked by parts, from the latest on, which is told; all pages together hold each match once."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 10)
    made = alike(60)
    await engine.save(*made)
    for text in ("lake", "rare", "lak", "the odd", "the od"):
        query = replace(LAKE, text=text)
        found_pages = await pages(engine, query)
        found = [(each.asset.asset_id, tuple(each.fields)) for page in found_pages for each in page.matches]
        assert sorted(found) == sorted(expected(made, query))
        assert not found_pages[-1].older_remain
        assert found_pages[0].older_remain == (len(found) > 10)


async def test_beginnings_are_looked_for_beyond_the_word(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many assets have the word itself, no page is spent on going past them again."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 10)
    await engine.save(said("Lakes", days=-99), *(said("Lake", days=-at) for at in range(40)))
    found_pages = await pages(engine, replace(LAKE, limit=20))
    assert [len(page.matches) for page in found_pages] == [10, 10, 10, 10, 1]


async def test_a_page_fits_into_a_message(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends early rather than to be too large, and the next one goes on there."""
    made = alike(9)
    await engine.save(*made)
    monkeypatch.setattr(page_builder, "MAX_PAGE_BYTES", 3 * page_builder.FIXED_BYTES)
    query = replace(LAKE, limit=9)
    assert [len(page.matches) for page in await pages(engine, query)] == [2, 2, 2, 2, 1]
    assert await everything(engine, query) == expected(made, query)


async def test_a_better_match_that_is_too_old_comes_later(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not looked at yet is ranked by itself, after all that was."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 4)
    old = said("The lake", days=-9)
    await engine.save(old, *(said(description="lake", days=-at) for at in range(4)))
    first, second, third = await pages(engine, LAKE)
    assert [page.older_remain for page in (first, second, third)] == [True, True, False]
    assert [match.asset.asset_id for match in third.matches] == [old.asset_id]


@pytest.mark.parametrize("apart", [1, 0], ids=["apart", "made at once"])
async def test_pages_while_assets_change(engine: Engine, monkeypatch: pytest.MonkeyPatch, apart: int) -> None:
    """A new asset is on no later page, one that went leaves no gap, and no other comes twice or not at all."""
    monkeypatch.setattr(drivers, "MOST_LOOKED_AT", 6)
    made = [said(f"The lake {at}", days=-at * apart) for at in range(12)]
    made.sort(key=lambda asset: (asset.create_time, asset.asset_id), reverse=True)
    await engine.save(*made)
    page = await engine.search.page(LAKE)
    seen = [match.asset.asset_id for match in page.matches]
    gone = [asset.asset_id for asset in made[4:10:5]]
    for days, going in enumerate(made[4:10:5], 1):
        await engine.save(said("Another lake", days=days), said(description="lake", days=days))
        await engine.remove(going)
        page = await engine.search.page(replace(LAKE, after=page.cursor))
        seen += [match.asset.asset_id for match in page.matches]
    while page.cursor is not None:
        page = await engine.search.page(replace(LAKE, after=page.cursor))
        seen += [match.asset.asset_id for match in page.matches]
    left = [asset.asset_id for asset in made if asset.asset_id not in gone]
    assert [asset_id for asset_id in seen if asset_id not in gone] == left
