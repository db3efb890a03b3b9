"""How log lines look."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any, Final

import structlog

from emo_grpc.settings import LogFormat, Settings
from emo_grpc.shared.entrypoints.logs.json_line import json_line
from emo_grpc.shared.entrypoints.logs.redaction import ForeignRecords, may_hold_credentials, redacted, redacted_foreign
from emo_grpc.shared.service_layer.tracing import current_traceparent, trace_fields

# Any: structlog's own signature of a processor.
EventDict = MutableMapping[str, Any]
LEVEL_WIDTH: Final = 7


def configure_logging(settings: Settings, worker: int | None = None) -> None:
    """Send log lines to standard error as LOG_FORMAT and LOG_LEVEL say, those of libraries (from warnings up) too.

    Each has the number of its `worker`, where there are several. No line shows a token.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    render = _json if settings.log_format is LogFormat.JSON else _text
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # plain tracebacks: those with local variables would show secrets
    ]
    if settings.is_traced:
        shared.append(_traced)
    if worker is not None:
        shared.append(partial(_numbered, worker))
    structlog.configure(
        processors=[*shared, partial(render, redacted)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(ForeignRecords())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                partial(render, redacted_foreign),
            ],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    logging.captureWarnings(True)  # otherwise Python writes them to standard error itself


def _numbered(worker: int, _logger: object, _method: str, event: EventDict) -> EventDict:
    event["worker"] = worker
    return event


def _traced(_logger: object, _method: str, event: EventDict) -> EventDict:
    for name, value in trace_fields(current_traceparent()).items():
        event.setdefault(name, value)
    return event


def _json(redact: Callable[[str], str], _logger: object, _method: str, event: EventDict) -> str:
    return json_line(event, redact, is_foreign=redact is redacted_foreign)


def _text(redact: Callable[[str], str], _logger: object, _method: str, event: EventDict) -> str:
    """Texts are redacted before escapes are put into them, as in JSON."""
    line = _line(dict(event))
    if redact is redacted and not may_hold_credentials(line):
        return line
    return _line({name: redact(str(value)) for name, value in event.items()})


def _line(event: EventDict) -> str:
    trace = "\n".join(map(_visible, str(event.pop("exception", "")).split("\n")))
    what = _visible(str(event.pop("event")))
    head = f"{event.pop('timestamp')} {event.pop('level'):<{LEVEL_WIDTH}} {what}"
    fields = "".join(f" {key}={_plain(value)}" for key, value in event.items() if value != "")
    return f"{head}{fields}" + (f"\n{trace}" if trace else "")


def _visible(text: str) -> str:
    """With escapes, as Python writes them, for what would end the line or do something to a terminal."""
    if text.isprintable():
        return text
    # Tabs stay: what follows a scheme of credentials is known by the blank before it.
    return "".join(one if one.isprintable() or one == "\t" else repr(one)[1:-1] for one in text)


def _plain(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)
