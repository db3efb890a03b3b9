"""What is said of an asset after a change."""

from dataclasses import replace
from datetime import UTC, datetime

from emo_grpc.assets.domain.asset import MAX_LABELS, MAX_PERSON, MAX_TAG, Asset, Description, check_labels
from emo_grpc.assets.domain.commands import AssetChange
from emo_grpc.assets.domain.event_date import DatePrecision, first_moment
from emo_grpc.assets.domain.file import File
from emo_grpc.shared.domain.text import Violations


def new_values(asset: Asset, change: AssetChange) -> tuple[Description, File]:
    """Its description and its file with the change; raises InvalidArgument."""
    violations = Violations()
    description = violations.parse(lambda: _new_description(asset.description, change))
    file = violations.parse(lambda: _new_file(asset.file, change))
    violations.raise_if_any()
    return description or asset.description, file or asset.file


def check_change(change: AssetChange) -> None:
    """Raise InvalidArgument for what would be wrong whatever the asset."""
    description = Description(title="-", event_date=datetime.fromtimestamp(0, UTC))
    violations = Violations()
    violations.parse(lambda: _new_description(description, replace(change, add_tags=(), add_people=())))
    violations.parse(lambda: _new_file(File(name="-"), change))
    check_labels(violations, "add_tags", change.add_tags, maximum=MAX_TAG)
    check_labels(violations, "add_people", change.add_people, maximum=MAX_PERSON)
    for name, removed in (("remove_tags", change.remove_tags), ("remove_people", change.remove_people)):
        if len(removed) > MAX_LABELS:  # no more is asked of them: stored ones may break today's rules
            violations.add(name, f"must be at most {MAX_LABELS}, are {len(removed)}")
    violations.raise_if_any()


def _new_description(now: Description, change: AssetChange) -> Description:
    date, precision, zone = _new_date(now, change)
    return replace(
        now,
        title=now.title if change.title is None else change.title,
        description=now.description if change.description is None else change.description,
        tags=_new_labels(now.tags if change.tags is None else change.tags, change.add_tags, change.remove_tags),
        people=_new_labels(
            now.people if change.people is None else change.people, change.add_people, change.remove_people
        ),
        location=now.location if change.location is None else change.location,
        event_date=date,
        bookmarked=now.bookmarked if change.bookmarked is None else change.bookmarked,
        extra_private=now.extra_private if change.extra_private is None else change.extra_private,
        folder=now.folder if change.folder is None else change.folder,
        event_precision=precision,
        event_zone=zone,
    )


def _new_labels(now: tuple[str, ...], added: tuple[str, ...], removed: tuple[str, ...]) -> tuple[str, ...]:
    gone = frozenset(removed)  # there may be as many as a message holds: they are counted later
    kept = tuple(label for label in now if label not in gone)
    return (*kept, *(label for label in added if label not in kept))


def _new_date(now: Description, change: AssetChange) -> tuple[datetime | None, DatePrecision, str]:
    """The date with its companions. A new one without them is a moment in UTC, whatever was known of the old one."""
    if change.clear_event_date or change.event_date is not None:
        now = replace(now, event_date=change.event_date, event_precision=DatePrecision.SECOND, event_zone="")
    precision = now.event_precision if change.event_precision is None else change.event_precision
    zone = now.event_zone if change.event_zone is None else change.event_zone
    return now.event_date and first_moment(now.event_date, precision, zone), precision, zone


def _new_file(now: File, change: AssetChange) -> File:
    return replace(
        now,
        name=now.name if change.file_name is None else change.file_name,
        content_type=now.content_type if change.content_type is None else change.content_type,
    )
