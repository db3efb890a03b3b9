"""An asset with labels and a date, and by what the assets of its owner are counted."""

from datetime import UTC, datetime

from emo_grpc.assets.domain.asset import Description
from emo_grpc.assets.domain.label_rename import LabelKind
from emo_grpc.assets.service_layer.label_views import LabelOrder, LabelQuery, TimelineQuery, TimelineUnit

from .engines import Engine
from .samples import ANN

LABELLED = Description(
    title="t", tags=("sea",), people=("Ann",), location="Zürich", event_date=datetime(1994, 5, 6, tzinfo=UTC)
)


async def counted(engine: Engine) -> tuple[list[str], list[str], list[str], list[str], list[str]]:
    """Ann's tags by name and by count, people, places, and years."""

    async def labels(kind: LabelKind, order: LabelOrder = LabelOrder.NAME) -> list[str]:
        return [each.label for each in (await engine.views.labels(LabelQuery(ANN, kind, 9, order))).items]

    timeline = await engine.views.timeline(TimelineQuery(ANN, TimelineUnit.YEAR, 9))
    return (
        await labels(LabelKind.TAG),
        await labels(LabelKind.TAG, LabelOrder.COUNT),
        await labels(LabelKind.PERSON),
        await labels(LabelKind.LOCATION),
        [each.name for each in timeline.periods],
    )
