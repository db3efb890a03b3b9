"""The spaces around tags, people and places, which nobody sees: servers drop them, and clients know it."""

from typing import Final

SPACES: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Unicode's category Zs, as it is since version 6.3."""


def without_spaces(text: str) -> str:
    """The text less the spaces at its ends; tabs, line ends and other control characters stay, to be refused."""
    return text.strip(SPACES)
