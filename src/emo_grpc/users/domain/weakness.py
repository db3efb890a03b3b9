"""Why a password would be guessed soon."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "This password is too easy to guess.",
        "es": "Esta contraseña es demasiado fácil de adivinar.",
        "ca": "Aquesta contrasenya és massa fàcil d'endevinar.",
    }
)


@dataclass(frozen=True, slots=True)
class Weakness:
    """`why`: one or a few sentences for people, by language: `en`, `es`, `ca`. They don't show the password."""

    why: Mapping[str, str]

    @property
    def sentences(self) -> dict[str, str]:
        """The whole answer, by language."""
        return {locale: f"{VERDICTS[locale]} {why}".rstrip() for locale, why in self.why.items()}
