"""Log lines in JSON (RFC 8259)."""

import json
from collections.abc import Callable
from typing import Any, Final

from emo_grpc.shared.entrypoints.logs.redaction import may_hold_credentials

ENCODER: Final = json.JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":"))


# Any: what is in JSON.
def json_line(event: Any, redact: Callable[[str], str], *, is_foreign: bool) -> str:
    r"""One line of visible characters, whatever is in its texts, which are redacted one by one.

    In the finished line a secret would go together with the backslash before a quote, and a mark behind a line end
    would follow the letter of `\n`.
    """
    line = ENCODER.encode(event)
    if is_foreign or may_hold_credentials(line):
        line = ENCODER.encode(_redacted(json.loads(line), redact))
    return line if line.isprintable() else "".join(map(_escaped, line))


def _redacted(found: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(found, str):
        return redact(found)
    if isinstance(found, dict):
        return {redact(name): _redacted(value, redact) for name, value in found.items()}
    if isinstance(found, list):
        return [_redacted(each, redact) for each in found]
    return found


def _escaped(character: str) -> str:
    """Terminals obey some of those that can't be seen, and some readers of logs end a line at others."""
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
