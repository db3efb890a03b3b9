"""Which assets an expression holds of, said without any engine's code; only words are the code's own."""

from datetime import UTC, datetime, timedelta

from emo_grpc.assets.adapters.queries.folding import asked, whole, words
from emo_grpc.assets.domain.asset import Asset
from emo_grpc.assets.domain.event_date import wall_time
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

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def holds(expression: Expression, asset: Asset) -> bool:
    """Whether an asset is what it asks for."""
    match expression:
        case AllOf(parts):
            return all(holds(part, asset) for part in parts)
        case AnyOf(parts):
            return any(holds(part, asset) for part in parts)
        case Not(part):
            return not holds(part, asset)
        case Says():
            return _says(expression, asset)
        case _:
            return _is(expression, asset)


def _is(expression: InFacet | Reads | Present | Between, asset: Asset) -> bool:
    match expression:
        case InFacet(facet, value):
            return value in _facet(asset, facet)
        case Reads(field, text):
            return whole(text) in [whole(each) for each in texts_of(asset, field) if each]
        case Present(TextField() as field):
            return any(texts_of(asset, field))
        case Present(field):
            return _key(asset, RangeField(field)) is not None
        case Between(field, low, high):
            key = _key(asset, field)
            return key is not None and (low is None or key >= low) and (high is None or key < high)


def _says(expression: Says, asset: Asset) -> bool:
    fields = [expression.field] if expression.field else TextField
    said = [word for field in fields for text in texts_of(asset, field) for word in words(text)]
    wanted = asked(expression.text, is_prefix=expression.is_prefix)
    return bool(wanted) and all(
        any(word.startswith(begin) if goes_on else word == begin for word in said) for begin, goes_on in wanted
    )


def microseconds_of(time: datetime) -> int:
    """Since 1970, on the clock of its zone."""
    return (time.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def texts_of(asset: Asset, field: TextField) -> tuple[str, ...]:
    """What it says in a field."""
    said = asset.description
    return {
        TextField.TITLE: (said.title,),
        TextField.DESCRIPTION: (said.description,),
        TextField.TAGS: said.tags,
        TextField.PEOPLE: said.people,
        TextField.LOCATION: (said.location,),
        TextField.FOLDER: (said.folder,),
        TextField.FILE_NAME: (asset.file.name,),
    }[field]


def _facet(asset: Asset, facet: str) -> tuple[str, ...]:
    said, content_type = asset.description, asset.file.content_type
    return {
        "tag": said.tags,
        "person": said.people,
        "content_type": (content_type, content_type.partition("/")[0] + "/*"),
        "bookmarked": ("yes" if said.bookmarked else "no",),
    }[facet]


def _key(asset: Asset, field: RangeField) -> int | None:
    date, zone = asset.description.event_date, asset.description.event_zone
    if field is RangeField.SIZE:
        return asset.file.size_bytes
    if field is RangeField.CREATE_TIME:
        return microseconds_of(asset.create_time)
    if field is RangeField.UPDATE_TIME:
        return microseconds_of(asset.update_time)
    if date is None:
        return None
    return microseconds_of(wall_time(date, zone) if field is RangeField.EVENT_DATE else date.astimezone(UTC))
