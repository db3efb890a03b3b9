"""The options that say which assets a command is about, the same for all such commands."""

import inspect
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from emo_grpc.cli.assets import narrowing
from emo_grpc.cli.assets.folder_names import given_folder
from emo_grpc.cli.failures import Refusal

if TYPE_CHECKING:
    from emo.assets.v1.assets_pb2 import AssetFilter


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """What a person said of the assets that are meant; each narrows them."""

    text: narrowing.Text = None
    tags: narrowing.Tags = None
    people: narrowing.People = None
    place: narrowing.Place = None
    folder: narrowing.Folder = None
    recursive: narrowing.Recursive = False
    kinds: narrowing.Kinds = None
    types: narrowing.Types = None
    from_date: narrowing.FromDate = None
    to_date: narrowing.ToDate = None
    has: narrowing.Has = None
    without: narrowing.Without = None
    bookmarked: narrowing.Bookmarked = None
    pending: narrowing.Pending = False
    expression: narrowing.Expression = None

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
            folder=None if self.folder is None else given_folder(self.folder),
            folder_recursive=self.recursive,
            kinds=[AssetKind.Value(f"ASSET_KIND_{kind.name}") for kind in self.kinds or ()],
            content_types=self.types or (),
            event_date_from=self.from_date or "",
            event_date_to=self.to_date or "",
            present_fields=[narrowing.FIELDS[each] for each in self.has or ()],
            absent_fields=[narrowing.FIELDS[each] for each in self.without or ()],
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


# Any: what Annotated makes.
def narrowed(*left_out: str, **other: Any) -> Callable[[Command], Command]:
    """Gives a command these options in place of its parameter `narrow`, which is then a FilterOptions.

    `left_out`: fields of FilterOptions whose options would mean something else here. `other`: those that have another
    option here, with it.
    """

    def decorate(command: Command) -> Command:
        names = [field.name for field in fields(FilterOptions) if field.name not in left_out]

        @wraps(command)
        async def with_filter(*given: Any, **named: Any) -> None:
            narrow = FilterOptions(**{name: named.pop(name) for name in names})
            await command(*given, narrow=narrow, **named)

        setattr(with_filter, "__signature__", _signature(command, names, OPTIONS | other))  # noqa: B010 - mypy forbids the plain way
        return with_filter

    return decorate


def _signature(command: Command, names: list[str], options: Mapping[str, Any]) -> inspect.Signature:
    own = inspect.signature(command)
    defaults = FilterOptions()
    parameters: list[inspect.Parameter] = []
    for each in own.parameters.values():
        if each.name != "narrow":
            parameters.append(each)
            continue
        parameters += [
            inspect.Parameter(name, each.kind, default=getattr(defaults, name), annotation=options[name])
            for name in names
        ]
    return own.replace(parameters=parameters)
