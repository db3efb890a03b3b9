"""The arithmetic of parts and segments."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emo_grpc.assets.domain.layout import (
    FIRST_SEGMENT_PLAINTEXT,
    HEADER_SIZE,
    MAX_PARTS,
    PART_SIZE_STEP,
    SEGMENT_PLAINTEXT,
    SEGMENT_SIZE,
    TAG_SIZE,
    FileLayout,
    Position,
    ciphertext_size,
    part_size_for,
    segment_at,
    segment_end,
)

MIB = 1 << 20
PART_SIZES = st.integers(1, 4).map(lambda steps: steps * PART_SIZE_STEP) | st.integers(1, 3 * MIB)
OFFSETS = st.integers(0, 40 * MIB) | st.sampled_from(
    [end + step for end in (FIRST_SEGMENT_PLAINTEXT, SEGMENT_SIZE, 8 * MIB, 16 * MIB) for step in (-1, 0, 1)]
)


@pytest.mark.parametrize(
    ("plaintext", "stored"),
    [
        (0, 56),
        (1, 57),
        (FIRST_SEGMENT_PLAINTEXT, MIB),
        (FIRST_SEGMENT_PLAINTEXT + 1, MIB + 17),
        (FIRST_SEGMENT_PLAINTEXT + SEGMENT_PLAINTEXT, 2 * MIB),
        (FIRST_SEGMENT_PLAINTEXT + SEGMENT_PLAINTEXT + 1, 2 * MIB + 17),
        (8 * MIB, 8 * MIB + HEADER_SIZE + 9 * TAG_SIZE),
    ],
)
def test_the_stored_size_of_a_part(plaintext: int, stored: int) -> None:
    """Each segment adds a tag, and the part a header, which takes its room from the first segment."""
    assert ciphertext_size(plaintext) == stored


@given(OFFSETS)
def test_segments_follow_each_other(offset: int) -> None:
    """Each plaintext byte is in just the segment that ends after it and begins at or before it."""
    index = segment_at(offset)
    assert offset < segment_end(index)
    assert index == 0 or segment_end(index - 1) <= offset


@given(st.integers(0, 1 << 50))
@example(MAX_PARTS * PART_SIZE_STEP)
@example(MAX_PARTS * PART_SIZE_STEP + 1)
@example(0)
def test_the_part_size_is_the_smallest_that_is_enough(declared: int) -> None:
    """Parts are multiples of 8 MiB, at most 9,000 for the declared size, and no larger than they must."""
    part_size = part_size_for(declared)
    assert part_size % PART_SIZE_STEP == 0
    assert FileLayout(declared, part_size).part_count <= MAX_PARTS
    smaller = part_size - PART_SIZE_STEP
    assert smaller == 0 or FileLayout(declared, smaller).part_count > MAX_PARTS


@given(size=OFFSETS, part_size=PART_SIZES)
def test_parts_add_up(size: int, part_size: int) -> None:
    """The parts hold the whole plaintext, none is empty but that of an empty file, and their sizes add up."""
    layout = FileLayout(size, part_size)
    parts = [layout.part_plaintext(part) for part in range(1, min(layout.part_count, 500) + 1)]
    assert min(parts) > 0 or (size == 0 and parts == [0])
    assert max(parts) <= part_size
    if layout.part_count <= 500:
        assert sum(parts) == size
        assert layout.stored_size == sum(map(ciphertext_size, parts))


@given(data=st.data(), size=OFFSETS.filter(bool), part_size=PART_SIZES)
def test_a_byte_has_one_place(data: st.DataObject, size: int, part_size: int) -> None:
    """Going back from the place of a byte gives its offset."""
    offset = data.draw(st.integers(0, size - 1))
    place = FileLayout(size, part_size).locate(offset)
    within = (segment_end(place.segment - 1) if place.segment else 0) + place.skip
    assert (place.part - 1) * part_size + within == offset
    assert within < part_size


@given(data=st.data(), size=OFFSETS.filter(bool), part_size=PART_SIZES.filter(lambda size: size > 100_000))
def test_a_range_is_covered_once(data: st.DataObject, size: int, part_size: int) -> None:
    """The segments of a range give each of its bytes once and in order, and lie inside their parts."""
    layout = FileLayout(size, part_size)
    offset = data.draw(st.integers(0, size))
    length = data.draw(st.integers(0, 3 * MIB))
    at = offset
    for found in layout.segments(offset, length):
        assert layout.locate(at) == Position(found.part, found.index, found.skip)
        assert found.length > TAG_SIZE
        assert found.skip + found.take <= found.length - TAG_SIZE
        stored = layout.stored_part_size(found.part)
        assert found.offset + found.length <= stored
        assert found.is_last == (found.offset + found.length == stored)
        assert found.offset == (found.index * SEGMENT_SIZE or HEADER_SIZE)
        assert found.offset + found.length == min((found.index + 1) * SEGMENT_SIZE, stored)
        at += found.take
    assert at == min(offset + length, size)


@pytest.mark.parametrize("segments", [1, 2, 8])
def test_a_segment_that_fills_the_part_is_the_last(segments: int) -> None:
    """A part that ends just where a segment does has no empty segment after it."""
    size = segment_end(segments - 1)
    *others, last = FileLayout(size, 8 * MIB).segments(0, size)
    assert [found.is_last for found in (*others, last)] == [False] * (segments - 1) + [True]
    assert last.offset + last.length == segments * SEGMENT_SIZE


def test_an_empty_file_has_a_segment_to_prove() -> None:
    """The range of an empty file is its one segment, of which it takes nothing."""
    layout = FileLayout(0, 8 * MIB)
    (found,) = layout.segments(0, 0)
    assert (found.part, found.index, found.is_last, found.offset) == (1, 0, True, HEADER_SIZE)
    assert (found.length, found.skip, found.take) == (TAG_SIZE, 0, 0)
    assert layout.stored_size == HEADER_SIZE + TAG_SIZE


def test_the_end_of_a_file_is_an_empty_range() -> None:
    """Nothing is read for a range at the end of a file that has bytes."""
    assert list(FileLayout(10, 8 * MIB).segments(10, 5)) == []


@pytest.mark.parametrize(("size", "part_size"), [(-1, 1), (1, 0), (1, -8)])
def test_what_is_no_layout(size: int, part_size: int) -> None:
    """Sizes that no file has are refused."""
    with pytest.raises(ValueError, match="not a layout"):
        FileLayout(size, part_size)
