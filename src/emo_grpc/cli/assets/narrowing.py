"""The single options that say which assets a command is about."""

from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import typer

from emo_grpc.cli.completion import completers
from emo_grpc.cli.dates import period

Choice = TypeVar("Choice", bound=StrEnum)

PANEL: Final = "Which assets"


class Kind(StrEnum):
    """What a file is."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    OTHER = "other"


class Said(StrEnum):
    """What may be said of an asset or not, as people call it."""

    DESCRIPTION = "description"
    TAGS = "tags"
    PEOPLE = "people"
    PLACE = "place"
    DATE = "date"
    FOLDER = "folder"


FIELDS: Final = {each: each.value for each in Said} | {Said.PLACE: "location", Said.DATE: "event_date"}
"""Their names in the contract."""


# Any: typer does not name the type of what it makes.
def _option(name: str, text: str, metavar: str | None = None, *, short: str | None = None, **more: Any) -> Any:
    names = (name,) if short is None else (short, name)
    return typer.Option(*names, metavar=metavar, help=text, rich_help_panel=PANEL, show_default=False, **more)


def one_of(choices: type[Choice], called: str) -> dict[str, Any]:
    """What makes an option take one of these; `called`: what other words are told not to be."""

    def parse(text: str) -> Choice:
        try:
            return choices(text.lower())
        except ValueError:
            raise typer.BadParameter(f"{text!r} is no {called}; these are: {', '.join(choices)}") from None

    return {"parser": parse, "autocompletion": lambda: list(map(str, choices))}


def listed_choices(choices: type[StrEnum]) -> str:
    """For a help text."""
    *others, last = choices
    return f"{', '.join(others)} or {last}"


Text = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT",
        help="Words of the title, description, tags, people, place, folder or file name; a * at the end goes on.",
        show_default=False,
    ),
]
Tags = Annotated[
    list[str] | None, _option("--tag", "With just this tag; may be repeated.", "TAG", autocompletion=completers.tags)
]
People = Annotated[
    list[str] | None,
    _option("--person", "Words of who is in it; may be repeated.", "NAME", autocompletion=completers.people),
]
Place = Annotated[str | None, _option("--place", "Words of where it was.", "PLACE", autocompletion=completers.places)]
Folder = Annotated[
    str | None,
    _option("--folder", "In this folder; / is the top.", "FOLDER", autocompletion=completers.folders),
]
Recursive = Annotated[bool, _option("--recursive", "In all folders below --folder, too.", short="-r")]
Types = Annotated[
    list[str] | None, _option("--type", "A media type, or a family such as image/*; may be repeated.", "TYPE")
]
Kinds = Annotated[
    list[Kind] | None, _option("--kind", f"{listed_choices(Kind)}; may be repeated.", "KIND", **one_of(Kind, "kind"))
]
Bookmarked = Annotated[
    bool | None, _option("--bookmarked/--not-bookmarked", "Only what is bookmarked, or only what is not.")
]
Pending = Annotated[bool, _option("--pending", "Only those whose file is not complete.")]
FromDate = Annotated[
    str | None,
    _option("--from", "Of this year, month or day, where it was, or later.", "YYYY[-MM[-DD]]", parser=period),
]
UP_TO: Final = "Of this year, month or day, or earlier."
ToDate = Annotated[str | None, _option("--to", UP_TO, "YYYY[-MM[-DD]]", parser=period)]
Through = Annotated[str | None, _option("--through", UP_TO, "YYYY[-MM[-DD]]", parser=period)]
"""The same where --to says where something goes."""
Has = Annotated[
    list[Said] | None,
    _option("--has", f"With {listed_choices(Said)}; may be repeated.", "WHAT", **one_of(Said, "field")),
]
Without = Annotated[
    list[Said] | None, _option("--without", "Without one of these; may be repeated.", "WHAT", **one_of(Said, "field"))
]
Expression = Annotated[
    str | None, _option("--filter", "In the filter language, such as 'tags:sea OR size > 10MB'.", "FILTER")
]
