"""What page tokens are bound to."""

import hashlib
from copy import copy
from typing import Any


# Any: a request of whatever list, with the fields that AIP-158 asks for.
def binding_of(request: Any, caller_id: str) -> str:
    """What a page token is good for: this caller, and this request but for its page."""
    rest = copy(request)
    rest.page_size = 0
    rest.page_token = ""
    digest = hashlib.sha256(rest.SerializeToString(deterministic=True)).hexdigest()
    return f"{rest.DESCRIPTOR.full_name} {caller_id} {digest}"
