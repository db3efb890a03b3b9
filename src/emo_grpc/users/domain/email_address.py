"""One mailbox, one normal form.

Domains compare as in DNS (IDNA 2008, RFC 5891), local parts without regard to case and to the way in which accents are
written: a server may tell them apart (RFC 5321, section 2.4), hardly one does, and people don't. What is mailed to is
the local part as it was typed.
"""

import unicodedata
from typing import Final
from uuid import uuid4

import idna

ATEXT: Final = frozenset("!#$%&'*+-/=?^_`{|}~")
"""What a local part may have beside letters and digits (RFC 5322, section 3.2.3)."""
NOBODYS_DOMAIN: Final = "nobody.invalid"
"""No mail gets there (RFC 2606, section 2)."""
MAX_LOCAL_BYTES: Final = 64
"""RFC 5321, section 4.5.3.1.1."""
ENCODED_WORD: Final = "=?"
"""Begins a word that mail programs decode into other characters (RFC 2047), of another address perhaps."""


def is_email_address(text: str) -> bool:
    """Whether it is LOCAL@DOMAIN: a dot-atom of RFC 5322 with letters of all scripts (RFC 6532), and a host's name."""
    local, _, domain = text.rpartition("@")
    is_short = 0 < len(local.encode(errors="replace")) <= MAX_LOCAL_BYTES
    return is_short and ENCODED_WORD not in local and all(map(_is_atom, local.split("."))) and _is_host(domain)


def email_key(address: str) -> str:
    """What makes two addresses the same mailbox. Any text has one, also what releases took before that were laxer."""
    local, _, domain = address.rpartition("@")
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())
    return f"{folded}@{_ascii_host(domain)}" if local else address.casefold()


def email_keys(address: str) -> tuple[str, str, str]:
    """The key, and what earlier releases had in its place: the address with its case folded, its domain either way."""
    local, _, domain = address.rpartition("@")
    return email_key(address), address.casefold(), f"{local}@{_unicode_host(domain)}".casefold()


def is_spelled_alike(one: str, other: str) -> bool:
    """Whether they differ in nothing but case and the way in which accents and the domain are written.

    The key takes more for the same, such as ß for ss and the long s for s. So nobody gets what people mistake for
    another address, but it is no proof that both mailboxes are one.
    """
    return _spelling(one) == _spelling(other)


def nobodys_address() -> str:
    """An address that is nobody's, and like no other one."""
    return f"{uuid4()}@{NOBODYS_DOMAIN}"


def is_nobodys(address: str) -> bool:
    """Whether it is such an address."""
    return address.endswith(f"@{NOBODYS_DOMAIN}")


def mailable(address: str) -> tuple[str, str]:
    """Local part and domain for a mail: the domain in ASCII, which every mail server takes."""
    local, _, domain = address.rpartition("@")
    return local, _ascii_host(domain)


def _is_atom(text: str) -> bool:
    return bool(text) and all(
        character in ATEXT or unicodedata.category(character)[0] in "LN" or _is_accent(character) for character in text
    )


def _is_accent(character: str) -> bool:
    """Combining, and none of those that only choose how the one before is drawn."""
    is_selector = unicodedata.name(character, "").startswith(("VARIATION SELECTOR", "MONGOLIAN FREE VARIATION"))
    return unicodedata.category(character)[0] == "M" and not is_selector and character != "\u034f"  # a joiner of none


def _is_host(domain: str) -> bool:
    if not domain or domain.endswith(".") or domain.rpartition(".")[2].isdigit():
        return False  # an address of IP stands in brackets (RFC 5321, section 4.1.3), which nobody has
    try:
        idna.encode(_composed(domain), strict=True)
    except idna.IDNAError:
        return False
    return True


def _spelling(address: str) -> str:
    local, _, domain = address.rpartition("@")
    composed = unicodedata.normalize("NFC", local)
    return f"{composed.lower()}@{_ascii_host(domain)}"


def _ascii_host(domain: str) -> str:
    try:
        return idna.encode(_composed(domain), strict=True).decode()
    except idna.IDNAError:
        return domain.casefold()


def _unicode_host(domain: str) -> str:
    try:
        return idna.decode(_composed(domain), strict=True)
    except idna.IDNAError:
        return domain


def _composed(domain: str) -> str:
    return unicodedata.normalize("NFC", domain.lower())
