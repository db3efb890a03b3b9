"""Documents as JSON in a database."""

from typing import Any

from pydantic_core import from_json


# Any: it is looked at by whoever reads the document.
def parse_document(text: bytes) -> Any:
    """What it says, in half the time of the standard library; raises ValueError, of UNREADABLE."""
    return from_json(text)
