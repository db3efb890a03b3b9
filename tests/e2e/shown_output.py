"""Compares what was printed with what a page shows."""

import re
from collections.abc import Iterable, Sequence

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CAMEL_KEY = re.compile(r'^(\s*")([a-z]+(?:[A-Z][a-z]+)+)(": )')
PATTERNS = {
    "uuid": UUID,
    "time": r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?",
    "crc32c": r"\b[0-9a-f]{8}\b",
    "anything": ".*",
    "space": r"\s+",
}
VARYING = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in (PATTERNS | {"anything": "…"}).items()))


class ShownOutput:
    """Lines in which ids, times and checksums are other ones each time, but one id of the page is always the same."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def differences(self, shown: Iterable[str], printed: Iterable[str]) -> list[str]:
        """What is wrong with what was printed, nothing if all is well."""
        expected, actual = _lines(shown), [_snake_case(line) for line in _lines(printed)]
        if len(expected) != len(actual):
            return [f"shown are {len(expected)} lines, printed were {len(actual)}", *_side_by_side(expected, actual)]
        wrong = [index for index, line in enumerate(expected) if not self._matches(line, actual[index])]
        return _side_by_side([expected[index] for index in wrong], [actual[index] for index in wrong])

    def _matches(self, shown: str, printed: str) -> bool:
        new: list[str] = []
        pattern = ""
        end = 0
        for found in VARYING.finditer(shown):
            pattern += re.escape(shown[end : found.start()])
            kind = found.lastgroup or ""
            if kind != "uuid":
                pattern += PATTERNS[kind]
            elif found[0] in self._ids:
                pattern += self._ids[found[0]]
            else:
                new.append(found[0])
                pattern += f"({UUID})"
            end = found.end()
        match = re.fullmatch(pattern + re.escape(shown[end:]), printed)
        if match:
            self._ids.update(zip(new, match.groups(), strict=True))
        return match is not None


def _lines(lines: Iterable[str]) -> list[str]:
    plain = (CONTROL.sub("", line).strip() for line in lines)
    return [line for line in plain if line]


def _snake_case(line: str) -> str:
    """Keys of JSON as the contract spells them; versions of grpcurl differ."""
    found = CAMEL_KEY.match(line)
    if not found:
        return line
    return found[1] + re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", found[2]) + line[found.start(3) :]


def _side_by_side(shown: Sequence[str], printed: Sequence[str]) -> list[str]:
    return [f"    shown:   {line}" for line in shown] + [f"    printed: {line}" for line in printed]
