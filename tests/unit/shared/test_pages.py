"""Pages of lists whose latest item comes first."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from emo_grpc.shared.service_layer.pages import Page, after_cursor, page_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("damaged", [0, 1, 2])
def test_a_page_goes_on_behind_its_last_item(damaged: int) -> None:
    """Whether that is damaged or not: none comes twice, and none is left out."""
    keys = [(NOON - timedelta(seconds=number), uuid4()) for number in range(3)]
    found = [(each, None if number == damaged else number) for number, each in enumerate(keys)]
    whole = [number for _, number in found[:2] if number is not None]
    page = page_of(found, 2)
    assert (list(page.items), list(page.unreadable)) == (whole, [keys[damaged][1]] if damaged < 2 else [])
    assert after_cursor(page.cursor) == keys[1]
    last = page_of(found[:2], 2)
    assert (list(last.items), last.cursor) == (whole, None)


def test_cursors_of_earlier_releases() -> None:
    """What page tokens that are in the hands of clients hold is understood, and made, for ever."""
    cursor = ("2026-01-01T12:00:00.000005+00:00", "0190163d-8694-739b-aea5-966c26f8ad91")
    item = NOON + timedelta(microseconds=5), UUID("0190163d-8694-739b-aea5-966c26f8ad91")
    assert after_cursor(cursor) == item
    assert page_of([(item, 1), (item, 2)], 1) == Page([1], cursor, [])
