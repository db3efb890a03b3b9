"""The filter language: what is understood as what, and how the rest is refused."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo_grpc.assets.domain.errors import InvalidFilter
from emo_grpc.assets.entrypoints.filtering.grammar import MAX_CHARACTERS, MAX_DEPTH, MAX_WORDS
from emo_grpc.assets.entrypoints.filtering.translation import expression_of
from emo_grpc.assets.service_layer.expressions import (
    AllOf,
    AnyOf,
    Between,
    Expression,
    InFacet,
    Not,
    Present,
    RangeField,
    Reads,
    Says,
    TextField,
)

A, B, C, D = (Says(word) for word in "abcd")
DAY = 86_400_000_000
OF_1994 = (8766 * DAY, 9131 * DAY)
SIZE = RangeField.SIZE


def says(text: str, field: TextField | None = None) -> Says:
    return Says(text, field)


SHAPES = {
    "a": A,
    "a b": AllOf((A, B)),
    "a AND b": AllOf((A, B)),
    "a OR b": AnyOf((A, B)),
    "NOT a": Not(A),
    "-a": Not(A),
    "NOT(a)": Not(A),
    "-(a b)": Not(AllOf((A, B))),
    "((a))": A,
    # AIP-160: OR binds before words that follow one another, and these before AND.
    "a b OR c": AllOf((A, AnyOf((B, C)))),
    "a AND b OR c": AllOf((A, AnyOf((B, C)))),
    "a OR b AND c": AllOf((AnyOf((A, B)), C)),
    "a b AND c d": AllOf((A, B, C, D)),
    "NOT a OR b": AnyOf((Not(A), B)),
    "a OR -b OR c": AnyOf((A, Not(B), C)),
    "(a AND b) OR c": AnyOf((AllOf((A, B)), C)),
    "NOT (a OR NOT b)": Not(AnyOf((A, Not(B)))),
    # Values of one field in brackets.
    "title:(a OR b)": AnyOf((says("a", TextField.TITLE), says("b", TextField.TITLE))),
    "title:(a -b)": AllOf((says("a", TextField.TITLE), Not(says("b", TextField.TITLE)))),
    "title = (a)": Reads(TextField.TITLE, "a"),
    "title:(a OR b) c": AllOf((AnyOf((says("a", TextField.TITLE), says("b", TextField.TITLE))), C)),
    # Blanks are nothing, keywords are in capitals, and only whole words.
    " \n title \t:a ": says("a", TextField.TITLE),
    "and or not": AllOf((Says("and"), Says("or"), Says("not"))),
    "ANDROID": Says("ANDROID"),
    '"OR"': Says("OR"),
}


@pytest.mark.parametrize("text", SHAPES)
def test_what_belongs_together(text: str) -> None:
    """The order of AIP-160, which is not that of programming languages."""
    assert expression_of(text) == SHAPES[text]


VALUES: dict[str, Expression] = {
    "Grandma's": Says("Grandma's"),
    "1994-05-06": Says("1994-05-06"),
    "well-known!": Says("well-known!"),
    "IMG_0009.jpg": Says("IMG_0009.jpg"),
    "誕生日": Says("誕生日"),
    "birth*": Says("birth", is_prefix=True),
    '"New Yor*"': Says("New Yor", is_prefix=True),
    '"a \\"b\\" \\\\ \\*"': Says('a "b" \\ *'),
    "'it\\'s \"so\"'": Says('it\'s "so"'),
    "tags:family": says("family", TextField.TAGS),
    'people:"Ann Smith"': says("Ann Smith", TextField.PEOPLE),
    "people=Ann": Reads(TextField.PEOPLE, "Ann"),
    "people!=Ann": Not(Reads(TextField.PEOPLE, "Ann")),
    "location:giron*": Says("giron", TextField.LOCATION, is_prefix=True),
    "file.name:img": says("img", TextField.FILE_NAME),
    "tags:*": Present(TextField.TAGS),
    "NOT tags:*": Not(Present(TextField.TAGS)),
    "tags != *": Not(Present(TextField.TAGS)),
    'description=""': Not(Present(TextField.DESCRIPTION)),
    'description != ""': Not(Not(Present(TextField.DESCRIPTION))),
    "folder:photos": says("photos", TextField.FOLDER),
    "folder:*": Present(TextField.FOLDER),
    'folder = "Photos/e\u0301"': InFacet("folder", "Photos/\u00e9"),
    "folder=Photos": InFacet("folder", "Photos"),
    'folder=""': InFacet("folder", ""),
    'folder="Photos/*"': InFacet("within", "Photos"),
    "folder!=Photos/*": Not(InFacet("within", "Photos")),
    "folder = /Photos/1994/": InFacet("folder", "Photos/1994"),
    "folder = /*": AllOf(()),
    "folder != /": Not(InFacet("folder", "")),
    "kind:photo": InFacet("kind", "photo"),
    "kind != VIDEO": Not(InFacet("kind", "video")),
    "state=READY": InFacet("state", "ready"),
    "bookmarked=true": InFacet("bookmarked", "yes"),
    "bookmarked:false": InFacet("bookmarked", "no"),
    "file.content_type=Image/JPEG": InFacet("content_type", "image/jpeg"),
    "file.content_type:image/*": InFacet("content_type", "image/*"),
    "event_date:1994": Between(RangeField.EVENT_DATE, *OF_1994),
    "event_date!=1994": Not(Between(RangeField.EVENT_DATE, *OF_1994)),
    "event_date<1994": Between(RangeField.EVENT_DATE, high=OF_1994[0]),
    "event_date<=1994": Between(RangeField.EVENT_DATE, high=OF_1994[1]),
    "event_date>1994": Between(RangeField.EVENT_DATE, low=OF_1994[1]),
    "event_date>=1994": Between(RangeField.EVENT_DATE, low=OF_1994[0]),
    "event_date:*": Present(RangeField.EVENT_DATE),
    "event_date >= 1994-01-01T02:00:00+02:00": Between(RangeField.EVENT_TIME, low=OF_1994[0]),
    "create_time < 1994": Between(RangeField.CREATE_TIME, high=OF_1994[0]),
    'update_time > "1994-01-01t00:00:00.000001z"': Between(RangeField.UPDATE_TIME, low=OF_1994[0] + 2),
    "size = 7": Between(SIZE, 7, 8),
    "file.size_bytes > 10MB": Between(SIZE, low=10_000_001),
    "size >= 1.5GiB": Between(SIZE, low=3 << 29),
    "size:*": Between(SIZE, low=1),
}


@pytest.mark.parametrize("text", VALUES)
def test_what_is_said_of_fields(text: str) -> None:
    """Each field with its operators, and its values however they are written."""
    assert expression_of(text) == VALUES[text]


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_nothing_is_no_filter(text: str) -> None:
    """It narrows nothing."""
    assert expression_of(text) is None


@dataclass(frozen=True)
class Refused:
    position: int
    sentence: str


REFUSED = {
    "a OR OR b": Refused(5, "expected a word or a text in quotes or (, found OR"),
    "a OR": Refused(4, "expected a word or a text in quotes or (, found the end"),
    "(a": Refused(2, "expected ), found the end"),
    "a)": Refused(1, "expected the end, found )"),
    "()": Refused(1, "expected a word"),
    "NOT NOT a": Refused(4, "expected a word or a text in quotes or (, found NOT"),
    "a:b:c": Refused(3, "expected a word"),
    "a AND -": Refused(6, "- stands right before what is not wanted"),
    'title:"abc': Refused(6, "a quote is not closed"),
    "a, b": Refused(1, ", goes in quotes"),
    "ago(1d)": Refused(0, "there are no functions such as ago()"),
    "title:(tags:a)": Refused(11, ": can't stand among the values of a field"),
    "title != (a OR b)": Refused(6, "!= takes one value"),
    "a tag:b": Refused(2, "there is no field tag; did you mean tags?"),
    "person:b": Refused(0, "there is no field person; did you mean people?"),
    "Title:b": Refused(0, "there is no field Title; did you mean title?"),
    "zzzzz:b": Refused(0, "there is no field zzzzz; there are title, description, tags, "),
    "title*:b": Refused(0, "there is no field title"),
    "title < b": Refused(8, "< is for dates, times and sizes"),
    "title = b*": Refused(8, "a value that ends with * follows title:"),
    "a*b": Refused(0, "* may only be the end of a value"),
    '"*a"': Refused(0, "* may only be the end of a value"),
    "*": Refused(0, "must not be blank"),
    'title:" "': Refused(6, "must not be blank"),
    "kind:film": Refused(5, "kind must be photo or video or audio or document or other"),
    "kind:*": Refused(5, "kind must be"),
    "kind > photo": Refused(7, "> is for dates"),
    "state:DONE": Refused(6, "state must be pending or ready"),
    "bookmarked:yes": Refused(11, "bookmarked must be true or false"),
    "file.content_type:image": Refused(18, "must be a media type"),
    "file.content_type:image/jp*": Refused(18, "must be a media type"),
    "folder = Pho*": Refused(9, "a folder with all below it"),
    "event_date = 1994-13": Refused(13, "must be a date"),
    "event_date > *": Refused(13, "> is for dates"),
    "create_time = *": Refused(14, "must be a date"),
    "create_time > 2026-01-01T00:00:00": Refused(14, "must be a date"),
    "size > 1.5": Refused(7, "must be a size"),
    "size > -5": Refused(7, "expected a word"),
    "size > 10XB": Refused(7, "must be a size"),
    "size > 10*": Refused(7, "must be a size"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_told_with_its_place(text: str) -> None:
    """In a sentence that says what would do, and the character from 0 for programs."""
    with pytest.raises(InvalidFilter) as caught:
        expression_of(text)
    refused = REFUSED[text]
    [violation] = caught.value.violations
    assert violation.field == "filter.expression"
    assert violation.description.startswith(refused.sentence)
    assert violation.description.endswith(f"(at character {refused.position})")
    assert caught.value.metadata == {"position": str(refused.position)}


TOO_MUCH = (
    *("(" * 2000, "NOT " * 500, "-" * 2000, "(-" * 1000, "a OR " * 400, "title:" * 333, '"' * 2000, "a:(" * 666),
    *('"' + "\\" * 1999, "a" * (MAX_CHARACTERS + 1), " " * (MAX_CHARACTERS + 1), "a " * (MAX_WORDS + 1)),
    "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
    '"' + "a " * (MAX_WORDS + 1) + '"',
    "a-" * (MAX_WORDS + 1),
    "".join(map(chr, range(0x4E00, 0x4E00 + MAX_WORDS + 1))),
    "".join(map(chr, range(0x1F600, 0x1F600 + MAX_WORDS + 1))),
)


@pytest.mark.parametrize("text", TOO_MUCH)
def test_what_is_too_much_is_refused_and_nothing_else_happens(text: str) -> None:
    """Neither depth nor length gets further than an error, which repeats little of it."""
    with pytest.raises(InvalidFilter) as caught:
        expression_of(text)
    assert len(caught.value.message) < 300


def test_as_much_as_is_allowed() -> None:
    """Just up to each limit."""
    assert expression_of("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    assert expression_of("a " * MAX_WORDS) == AllOf((A,) * MAX_WORDS)
    for text in ("a-" * MAX_WORDS, "日" * MAX_WORDS):
        assert expression_of(text) == Says(text)
    for word in ("a" * MAX_CHARACTERS, "\\" * MAX_CHARACTERS, "!" * MAX_CHARACTERS):
        assert expression_of(word) == Says(word)


PIECES = st.sampled_from(
    [
        *("(", ")", "AND", "OR", "NOT", "-", ":", "=", "!=", "<", ">=", ",", "*", '"', "'", "\\", "!", ".", " ", "\n"),
        *("title", "tags", "folder", "kind", "photo", "event_date", "1994", "1994-05", "size", "10MB", "file.name"),
        *("a", "é", "日"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(PIECES, max_size=40).map("".join) | st.lists(PIECES, max_size=40).map(" ".join) | st.text())
def test_whatever_is_asked_is_understood_or_refused(text: str) -> None:
    """Never anything but an expression or the error of filters, whose place is one of the text."""
    try:
        expression_of(text)
    except InvalidFilter as error:
        assert 0 <= int(error.metadata["position"]) <= len(text)  # noqa: PT017 - either is right
