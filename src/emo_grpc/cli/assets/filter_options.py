"""The options that say which assets a command is about, the same for all such commands."""

import inspect
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_type_hints

import typer

from emo_grpc.cli.completion import completers
from emo_grpc.cli.failures import Refusal

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import AssetFilter

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


def _listed(choices: type[StrEnum]) -> str:
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
Place = Annotated[str | None, _option("--place", "Words of the place.", "TEXT")]
Folder = Annotated[
    str | None,
    _option("--folder", "In this folder; / is the top.", "FOLDER", autocompletion=completers.folders),
]
Recursive = Annotated[bool, _option("--recursive", "In all folders below --folder, too.", short="-r")]
Types = Annotated[
    list[str] | None, _option("--type", "A media type, or a family such as image/*; may be repeated.", "TYPE")
]
Kinds = Annotated[
    list[Kind] | None, _option("--kind", f"{_listed(Kind)}; may be repeated.", "KIND", **one_of(Kind, "kind"))
]
Bookmarked = Annotated[
    bool | None, _option("--bookmarked/--not-bookmarked", "Only what is bookmarked, or only what is not.")
]
Pending = Annotated[bool, _option("--pending", "Only those whose file is not complete.")]
FromDate = Annotated[
    str | None, _option("--from", "Of this year, month or day, where it was, or later.", "YYYY[-MM[-DD]]")
]
ToDate = Annotated[str | None, _option("--to", "Of this year, month or day, or earlier.", "YYYY[-MM[-DD]]")]
Has = Annotated[
    list[Said] | None, _option("--has", f"With {_listed(Said)}; may be repeated.", "WHAT", **one_of(Said, "field"))
]
Without = Annotated[
    list[Said] | None, _option("--without", "Without one of these; may be repeated.", "WHAT", **one_of(Said, "field"))
]
Expression = Annotated[
    str | None, _option("--filter", "In the filter language, such as 'tags:sea OR size > 10MB'.", "FILTER")
]


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What a person said of the assets that are meant; each narrows them."""

    text: Text = None
    tags: Tags = None
    people: People = None
    place: Place = None
    folder: Folder = None
    recursive: Recursive = False
    kinds: Kinds = None
    types: Types = None
    from_date: FromDate = None
    to_date: ToDate = None
    has: Has = None
    without: Without = None
    bookmarked: Bookmarked = None
    pending: Pending = False
    expression: Expression = None

    @property
    def is_given(self) -> bool:
        """Whether anything was said."""
        return self != FilterOptions()

    def message(self) -> "AssetFilter":
        """As the contract has it. Raises Refusal for what means nothing by itself."""
        if self.recursive and self.folder is None:
            raise Refusal("-r is for --folder")
        from emo.assets.v1.assets_pb2 import ASSET_STATE_PENDING, AssetFilter, AssetKind  # noqa: PLC0415 - see app

        return AssetFilter(
            text=" ".join(self.text or ()),
            tags=self.tags or (),
            location=self.place or "",
            folder=None if self.folder is None else self.folder.strip("/"),
            folder_recursive=self.recursive,
            kinds=[AssetKind.Value(f"ASSET_KIND_{kind.name}") for kind in self.kinds or ()],
            content_types=self.types or (),
            event_date_from=self.from_date or "",
            event_date_to=self.to_date or "",
            present_fields=[FIELDS[each] for each in self.has or ()],
            absent_fields=[FIELDS[each] for each in self.without or ()],
            bookmarked=self.bookmarked,
            states=[ASSET_STATE_PENDING] if self.pending else (),
            # AND binds most loosely, and comes last: places that the server names are those of what was typed.
            expression=" AND ".join(filter(None, [self.expression, *map(_person, self.people or ())])),
        )


def _person(name: str) -> str:
    """In the filter language: a * at the end is as typed, what else means something there is escaped."""
    words = name.removesuffix("*")
    escaped = re.sub(r'(["\\*])', r"\\\1", words)
    return f'people:"{escaped}{name[len(words) :]}"'


OPTIONS: Final = get_type_hints(FilterOptions, include_extras=True)

# Any: typer calls a command with whatever its signature says.
Command = Callable[..., Coroutine[None, None, None]]


def narrowed(*left_out: str) -> Callable[[Command], Command]:
    """Gives a command these options in place of its parameter `narrow`, which is then a FilterOptions.

    `left_out`: fields of FilterOptions whose options would mean something else here.
    """

    def decorate(command: Command) -> Command:
        names = [field.name for field in fields(FilterOptions) if field.name not in left_out]

        @wraps(command)
        async def with_filter(*given: Any, **named: Any) -> None:
            narrow = FilterOptions(**{name: named.pop(name) for name in names})
            await command(*given, narrow=narrow, **named)

        setattr(with_filter, "__signature__", _signature(command, names))  # noqa: B010 - mypy forbids the plain way
        return with_filter

    return decorate


def _signature(command: Command, names: list[str]) -> inspect.Signature:
    own = inspect.signature(command)
    defaults = FilterOptions()
    parameters: list[inspect.Parameter] = []
    for each in own.parameters.values():
        if each.name != "narrow":
            parameters.append(each)
            continue
        parameters += [
            inspect.Parameter(name, each.kind, default=getattr(defaults, name), annotation=OPTIONS[name])
            for name in names
        ]
    return own.replace(parameters=parameters)
