"""Draws on the terminal."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from emo_grpc.cli.terminal.cleaning import clean


class CleanConsole(Console):
    """Whatever is drawn, the only control characters that reach the terminal are those of rich itself."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See Console."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(clean(segment.text, keep="\n"), segment.style)
