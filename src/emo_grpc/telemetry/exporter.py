"""Sends spans, and tells when that fails."""

from collections.abc import Callable, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

OnChange = Callable[[int], None]
"""Told when the collector stops taking spans (0), and when it takes them again: how many were lost until then."""


class TellingExporter(SpanExporter):
    """Tells once that spans are lost, however many are."""

    def __init__(self, exporter: SpanExporter, on_change: OnChange) -> None:
        self._exporter = exporter
        self._on_change = on_change
        self._lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See SpanExporter."""
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            if not self._lost:
                self._on_change(0)
            self._lost += len(spans)
        elif self._lost:
            lost, self._lost = self._lost, 0
            self._on_change(lost)
        return result

    def shutdown(self) -> None:
        """See SpanExporter."""
        self._exporter.shutdown()
