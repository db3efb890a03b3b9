"""Errors and reasons in step with the contract."""

from collections.abc import Iterator

import grpc
import pytest

from contexts import WITH_DOMAIN, modules_of
from emo.errors.v1 import errors_pb2
from emo_grpc.shared.domain.errors import DataLoss, EmoError, InvalidArgument, NotFound
from emo_grpc.shared.domain.reasons import ErrorReason
from emo_grpc.shared.entrypoints.errors.languages import preferred_locale
from emo_grpc.shared.entrypoints.errors.sentences import TABLES
from emo_grpc.shared.entrypoints.errors.wire import STATUS_CODES, status_code


def all_errors() -> list[type[EmoError]]:
    for context in WITH_DOMAIN:
        assert list(modules_of(context, "domain"))  # imported
    return sorted(set(descendants(EmoError)), key=lambda kind: kind.__name__)


def descendants(kind: type[EmoError]) -> Iterator[type[EmoError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("emo_grpc."):
            yield child
        yield from descendants(child)


@pytest.mark.parametrize("kind", all_errors())
def test_every_error_has_a_code(kind: type[EmoError]) -> None:
    """Every error of every context is in the table, by itself or by an ancestor."""
    assert any(ancestor in STATUS_CODES for ancestor in kind.__mro__)
    assert status_code(kind) is not grpc.StatusCode.INTERNAL


@pytest.mark.parametrize("kind", all_errors())
def test_every_error_is_branchable(kind: type[EmoError]) -> None:
    """Every error that is raised by itself has a reason; only those that stand for a code have none."""
    assert kind.reason is not ErrorReason.INTERNAL or kind in STATUS_CODES


def test_nearest_ancestor() -> None:
    """The nearest ancestor decides; what nobody mapped is INTERNAL."""

    class Stranger(EmoError):
        pass

    class Child(NotFound, DataLoss):
        pass

    assert status_code(Child) is grpc.StatusCode.NOT_FOUND
    assert status_code(InvalidArgument) is grpc.StatusCode.INVALID_ARGUMENT
    assert status_code(Stranger) is grpc.StatusCode.INTERNAL


def test_reasons_are_those_of_the_contract() -> None:
    """The domain's reasons are the contract's, but for UNSPECIFIED, which is never sent."""
    contract = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.DESCRIPTOR.values_by_name}
    assert {str(reason) for reason in ErrorReason} == contract - {"UNSPECIFIED"}


@pytest.mark.parametrize("locale", TABLES)
def test_every_reason_has_a_sentence(locale: str) -> None:
    """People read every error in their language."""
    assert set(TABLES[locale]) == set(ErrorReason)


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("es", "es"),
        ("CA-es", "ca"),
        ("en;q=0.1, es;q=0.2", "es"),
        ("es;q=0, en;q=0.1", "en"),
        ("es;q=x, ca;q=0.1", "ca"),
        ("es;q=nan, ca;q=0.1", "ca"),
        ("es;level=1;q=0.5", "es"),
        ("*", "en"),
        (",;=,", "en"),
        ("fr," * 1000 + "es", "en"),
    ],
)
def test_preferred_locale(header: str, locale: str) -> None:
    """The heaviest of ours wins; nonsense is English."""
    assert preferred_locale(header) == locale
