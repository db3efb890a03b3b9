"""Where in the order of ids the events of a page lie."""

from typing import Final

from emo_grpc.audit.domain.selection import Selection
from emo_grpc.shared.domain.time_ordered_ids import first_time_ordered_id
from emo_grpc.shared.service_layer.pages import After

BEFORE_ALL: Final = ""
AFTER_ALL: Final = "g"
"""Sorts after all ids, whose text is hexadecimal."""


def id_range(selection: Selection, after: After | None) -> tuple[str, str]:
    """The least id, and what all ids are less than: ids are in the order of time, and lists go back in it."""
    lowest = str(first_time_ordered_id(selection.start)) if selection.start else BEFORE_ALL
    end = str(first_time_ordered_id(selection.end)) if selection.end else AFTER_ALL
    return lowest, min(end, str(after[1])) if after else end
