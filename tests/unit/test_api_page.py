"""docs/api.md, and what it is made of."""

from itertools import chain

import pytest
from google.protobuf.descriptor_pool import Default
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from scripts.api_page.contract import Rpc, without_errors
from scripts.api_page.errors import (
    ACCESS,
    Errors,
    codes_of_reasons,
    errors_in,
    errors_of_access,
    errors_of_any_call,
    reasons_of,
)
from scripts.api_page.examples import EXAMPLES, messages_of
from scripts.api_page.page import page_of

from attacks.methods import FILES
from contract_text import contract

RPCS = {rpc.name: rpc for service in contract().services for rpc in service.rpcs}


def named() -> list[Errors]:
    """All that comments say of errors."""
    return [
        *(errors_in(rpc.errors) for rpc in RPCS.values()),
        *errors_of_access(contract()).values(),
        errors_of_any_call(contract()),
    ]


def test_every_rpc_has_an_example_and_no_other() -> None:
    """The server's own RPCs are all on the page."""
    methods = [
        method.name for file in FILES for service in file.services_by_name.values() for method in service.methods
    ]
    assert sorted(RPCS) == sorted(methods)
    assert set(RPCS) <= set(EXAMPLES)


@pytest.mark.parametrize("name", RPCS)
def test_an_example_is_a_request(name: str) -> None:
    """In the JSON of protobuf; a stream has several."""
    rpc = RPCS[name]
    messages = messages_of(EXAMPLES[name])
    assert (len(messages) > 1) == rpc.streams[0]
    for message in messages:
        ParseDict(dict(message), GetMessageClass(Default().FindMessageTypeByName(rpc.request))())


def test_comments_name_reasons_that_exist_behind_their_codes() -> None:
    """As errors.proto has them."""
    known = codes_of_reasons(contract())
    wrong = [
        f"{code} ({reason})"
        for errors in named()
        for code, reasons in errors.items()
        for reason in reasons
        if known.get(reason) != code
    ]
    assert wrong == []


def test_every_reason_is_named_by_what_may_fail_with_it() -> None:
    """A reason that no RPC has would never be sent."""
    reasons = chain.from_iterable(chain.from_iterable(errors.values()) for errors in named())
    assert set(codes_of_reasons(contract())) - set(reasons) == set()


def test_what_a_comment_says_of_errors_comes_last() -> None:
    """Nothing behind it would be taken for something else."""
    comments = [*(rpc.comment for rpc in RPCS.values()), without_errors(contract().types[ACCESS].comment)[0]]
    assert [comment for comment in comments if "Errors:" in comment] == []


def test_errors_are_found_in_words_around_them() -> None:
    """A code alone is a reason of its own name; words in brackets that are no reasons say more."""
    text = "NOT_FOUND (ASSET_NOT_FOUND, also when it is deleted meanwhile), INVALID_ARGUMENT"
    assert errors_in(text) == {"NOT_FOUND": ["ASSET_NOT_FOUND"], "INVALID_ARGUMENT": ["INVALID_ARGUMENT"]}


def test_an_rpc_may_fail_with_what_all_of_its_access_may() -> None:
    """Beside what its own comment says."""
    rpc = Rpc("GetAsset", "", "NOT_FOUND (ASSET_NOT_FOUND)", "ACCESS_USER", "", "", "", (False, False))
    assert {"ASSET_NOT_FOUND", "TOKEN_EXPIRED", "INTERNAL"} <= reasons_of(contract(), rpc)
    assert "ADMIN_REQUIRED" not in reasons_of(contract(), rpc)


def test_the_page_shows_what_would_be_markdown_as_it_is() -> None:
    """Angle brackets and stars of comments are not taken for marks."""
    page = page_of(contract())
    assert "image/\\*" in page
    assert "`authorization: Bearer <access_token>`" in page
