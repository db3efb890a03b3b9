"""Chooses the language of error sentences."""

from typing import Final

LOCALES: Final = ("en", "es", "ca")
MAX_HEADER_CHARACTERS: Final = 200


def preferred_locale(accept_language: str) -> str:
    """The best locale by an Accept-Language header (RFC 9110 §12.5.4); English if it names none of LOCALES."""
    best, best_weight = LOCALES[0], 0.0
    for choice in accept_language[:MAX_HEADER_CHARACTERS].split(","):
        tag, _, parameters = choice.partition(";")
        locale, weight = tag.strip().lower().partition("-")[0], _weight(parameters)
        if locale in LOCALES and weight > best_weight:
            best, best_weight = locale, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
