"""What comments say of errors: status codes, each with the reasons that come with it."""

import re
from typing import Final

from scripts.api_page.contract import Contract, Rpc, without_errors

CODE: Final = re.compile(r"\b([A-Z][A-Z_]+)(?: \(([^)]*)\))?")
NAME: Final = re.compile(r"\b[A-Z][A-Z_]+[A-Z]\b")
PREFIX: Final = "ERROR_REASON_"
REASONS: Final = "emo.errors.v1.ErrorReason"
ACCESS: Final = "emo.options.v1.Access"

Errors = dict[str, list[str]]
"""Reasons by their codes, both in the order of the comment."""


def errors_in(text: str) -> Errors:
    """Of a text such as `NOT_FOUND (ASSET_NOT_FOUND), INVALID_ARGUMENT`; a code alone is its reason, too."""
    found: Errors = {}
    for code, inner in CODE.findall(text):
        found.setdefault(code, []).extend(NAME.findall(inner) or [code])
    return found


def codes_of_reasons(contract: Contract) -> dict[str, str]:
    """The code that errors.proto gives to each reason."""
    values = contract.types[REASONS].values
    return {value.name.removeprefix(PREFIX): value.comment.partition(":")[0] for value in values[1:]}


def errors_of_any_call(contract: Contract) -> Errors:
    """What the comment of the enum of access says."""
    return errors_in(without_errors(contract.types[ACCESS].comment)[1])


def errors_of_access(contract: Contract) -> dict[str, Errors]:
    """By the values of the enum of access, what each of them says of all RPCs that have it."""
    return {value.name: errors_in(without_errors(value.comment)[1]) for value in contract.types[ACCESS].values}


def reasons_of(contract: Contract, rpc: Rpc) -> set[str]:
    """All reasons with which it may fail, by its own comment, its access, and what any call may fail with."""
    everywhere = (errors_in(rpc.errors), errors_of_access(contract)[rpc.access], errors_of_any_call(contract))
    return {reason for errors in everywhere for reasons in errors.values() for reason in reasons}
