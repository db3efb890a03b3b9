"""Carries out `emo edit`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import typer

from emo.assets.v1.assets_pb2 import AssetResult, BatchUpdateAssetsRequest
from emo_grpc.cli.assets.changes.chosen_assets import ChosenAssets, choose
from emo_grpc.cli.assets.changes.runner import Runner, Work
from emo_grpc.cli.assets.descriptions import DATE_PATHS, described
from emo_grpc.cli.assets.file_batch import FileBatch
from emo_grpc.cli.assets.filter_options import FilterOptions
from emo_grpc.cli.assets.narrowing import FIELDS, Said
from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.dates import EventDate
from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.printing import print_error
from emo_grpc.cli.terminal.questions import can_ask, confirm

CHANGING: Final = Work("Changing", lambda what: f"Changed {what}.", "changed")
WORDS: Final = {
    "location": "place",
    "event_date": "date",
    "event_precision": "date",
    "event_zone": "date",
    "bookmarked": "bookmark",
    "extra_private": "privacy",
    "file.name": "file's name",
    "file.content_type": "media type",
}
"""What people call fields whose names say something else."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What was given of tags, or of people; `option` is the name of the option that replaces them, without dashes."""

    option: str
    replaced: list[str] | None
    added: list[str] | None
    removed: list[str] | None

    def check(self) -> None:
        """Raise Refusal if two ways to set them were given."""
        if self.replaced is not None and (self.added or self.removed):
            options = f"--add-{self.option} or --remove-{self.option}"
            raise Refusal(f"--{self.option} replaces what is there; it can't be used with {options}")


def request_of(
    given: Mapping[str, str | EventDate | bool | None], tags: Labels, people: Labels, cleared: Sequence[Said] = ()
) -> BatchUpdateAssetsRequest:
    """What is to be changed, without saying of which assets. Raises Refusal if that is nothing, or contradicts itself.

    `cleared`: what is to be empty.
    """
    tags.check()
    people.check()
    asset, paths = described({**given, "tags": tags.replaced, "people": people.replaced})
    request = BatchUpdateAssetsRequest(
        asset=asset if paths or cleared else None,
        add_tags=dict.fromkeys(tags.added or ()),
        remove_tags=tags.removed or (),
        add_people=dict.fromkeys(people.added or ()),
        remove_people=people.removed or (),
    )
    request.update_mask.paths.extend(paths)
    _clear(request, cleared)
    if not _changed(request):
        raise Refusal("say what to change; `emo edit --help` lists it")
    return request


def _clear(request: BatchUpdateAssetsRequest, cleared: Sequence[Said]) -> None:
    """Name the fields in the mask, where one without a value becomes empty."""
    changed = _changed(request)
    for each in dict.fromkeys(cleared):
        if each.value in changed:
            raise Refusal(f"--clear {each} takes away what another option says: leave out one of them")
        request.update_mask.paths.extend(DATE_PATHS if each is Said.DATE else [FIELDS[each]])


async def edit_assets(
    remote: Remote,
    request: BatchUpdateAssetsRequest,
    given: Sequence[str],
    narrow: FilterOptions,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Change them, after a question if there are several. Raises EmoClientError, Refusal; typer.Exit if some failed."""
    batch = FileBatch(remote.connection.target, are_several=len(given) != 1)

    async def call(asset_ids: Sequence[str]) -> Sequence[AssetResult]:
        some = BatchUpdateAssetsRequest(asset_ids=asset_ids)
        some.MergeFrom(request)
        return await remote.client.assets.update_many(some)

    with Runner(batch, as_json=as_json) as runner:
        chosen = await choose(remote.client, given, narrow, batch, are_shown=dry_run)
        what = f"{', '.join(_changed(request))} of {chosen.text}"
        if dry_run:
            runner.show(chosen.read)
            print_error(f"would change {what}; nothing was changed")
        elif _may(chosen, f"Change {what}?", is_single=len(given) == 1, yes=yes):
            await runner.run(CHANGING, chosen.asset_ids, call)
    if batch.exit_code:
        raise typer.Exit(batch.exit_code)


def _may(chosen: ChosenAssets, question: str, *, is_single: bool, yes: bool) -> bool:
    if not chosen.asset_ids:
        print_error("there is nothing to change")
        return False
    if is_single or yes:
        return True
    if not can_ask():
        raise Refusal("there is no terminal to ask whether to change several assets: use --yes")
    return confirm(question, otherwise="nothing was changed")


def _changed(request: BatchUpdateAssetsRequest) -> list[str]:
    """What changes, in people's words."""
    fields = list(dict.fromkeys(WORDS.get(path, path) for path in request.update_mask.paths))
    fields += ["tags"] * bool(request.add_tags or request.remove_tags)
    return fields + ["people"] * bool(request.add_people or request.remove_people)
