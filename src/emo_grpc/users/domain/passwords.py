"""What of a password counts, and what makes one easy to guess for those who know its owner."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

WORDS: Final = re.compile(r"[^\W_]+")
MIN_WORD: Final = 3
"""Shorter ones are in most passwords by chance."""


def password_form(password: str) -> str:
    """The text that counts: NFKC, so that all keyboards and input methods agree (NIST SP 800-63B, section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def earlier_password_form(password: str) -> str:
    """What counted in releases up to 1.2: NFC."""
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True, slots=True)
class PasswordOwner:
    """Whose password it is to be: what others may know of them. Empty is what is not known."""

    username: str
    email: str
    public_name: str = ""
    locale: str = ""

    def guessable_words(self) -> list[str]:
        """What is tried first: names and address as a whole, their words, and these in a row.

        In lower case, with accents and without; shortest first, none twice.
        """
        local, _, domain = self.email.rpartition("@")
        found: set[str] = set()
        for name in (self.username, self.email, local, domain, self.public_name):
            folded = unicodedata.normalize("NFKC", name).casefold()
            for text in (folded, _without_accents(folded)):
                words = WORDS.findall(text)
                found.update((text, "".join(words), *words))
        return sorted((word for word in found if len(word) >= MIN_WORD), key=lambda word: (len(word), word))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
