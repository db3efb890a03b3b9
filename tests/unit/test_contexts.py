"""What a new context must not forget, and what else would tell only when something is lost."""

import tomllib
from importlib import import_module
from typing import Any, Final

import pytest

from attacks.methods import METHODS, path_of
from contexts import CONTEXTS, SRC, modules_of
from emo.options.v1.options_pb2 import ACCESS_PUBLIC
from emo_grpc.backup.records import kinds_of
from emo_grpc.bootstrap import metadata, mongo_engine
from emo_grpc.migration.accounts import Accounts, Sessions
from emo_grpc.migration.assets import Assets
from emo_grpc.migration.resource_kind import ResourceKind
from emo_grpc.migration.service_accounts import ServiceAccounts
from emo_grpc.migration.uploads import Uploads
from emo_grpc.shared.adapters.document_kind import DocumentKind
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.entrypoints.method import Method
from emo_grpc.users.domain.rules import Scope

MIGRATED: Final[dict[str, type[ResourceKind[Any]]]] = {
    "users": Accounts,
    "sessions": Sessions,
    "service_accounts": ServiceAccounts,
    "assets": Assets,
    "uploads": Uploads,
}
"""What `emo admin move` brings over, by the names of its tables."""


def import_rules() -> list[dict[str, Any]]:
    """The contracts of import-linter."""
    project = tomllib.loads((SRC.parents[1] / "pyproject.toml").read_text())
    rules: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return rules


def document_kinds() -> set[str]:
    """The tables of all kinds of documents that there are."""
    modules = [module for context in CONTEXTS for module in modules_of(context, "adapters.documents")]
    values = [value for module in modules for value in vars(module).values()]
    return {value.name for value in values if isinstance(value, DocumentKind)}


@pytest.mark.parametrize("context", CONTEXTS)
def test_its_imports_are_watched(context: str) -> None:
    """import-linter says nothing of a context that its lists leave out."""
    house, inside, _, core, adapters, *_ = import_rules()
    package = f"emo_grpc.{context}"
    assert any(package in layer.split(" | ") for layer in house["layers"])
    assert package in inside["containers"]
    assert {f"{package}.domain", f"{package}.service_layer"} <= set(core["source_modules"])
    assert f"{package}.adapters" in adapters["source_modules"]


@pytest.mark.parametrize("context", CONTEXTS)
def test_its_events_are_delivered(context: str) -> None:
    """What a context subscribes to is stored for it."""
    for event, handlers in import_module(f"emo_grpc.{context}.service_layer.handlers").SUBSCRIPTIONS.items():
        assert set(handlers) <= set(metadata.SUBSCRIPTIONS[event])


OF_NO_USER: Final = {"users", "service_accounts"}
"""Users tell of it, and a service account is the operator's: nothing in it is anybody's."""


@pytest.mark.parametrize("context", [context for context in CONTEXTS if context not in OF_NO_USER])
def test_what_belongs_to_a_removed_user_goes(context: str) -> None:
    """Each context hears of users who are removed, for something of theirs may be in it."""
    assert UserRemoved in import_module(f"emo_grpc.{context}.service_layer.handlers").SUBSCRIPTIONS


@pytest.mark.parametrize("context", CONTEXTS)
def test_its_indexes_are_made(context: str) -> None:
    """A server on MongoDB makes the indexes that the queries of a context need."""
    indexes = import_module(f"emo_grpc.{context}.adapters.mongo.schema").INDEXES
    assert indexes.keys() <= mongo_engine.INDEXES.keys()


WITHOUT_TOKENS: Final = "server"
"""What it tells is for everybody; an RPC of it that is not would need a scope."""


def test_every_service_has_its_scope() -> None:
    """A token can be asked for each package of the contract that takes one, and for nothing else."""
    methods = [Method.of(path_of(method)) for method in METHODS]
    assert {str(scope) for scope in Scope} == {
        method.scope for method in methods if method.scope != WITHOUT_TOKENS or method.access != ACCESS_PUBLIC
    }


def test_every_kind_of_document_is_moved() -> None:
    """A kind that `emo admin move` does not know would stay behind without a word."""
    assert document_kinds() == MIGRATED.keys()


def test_every_kind_of_document_is_in_a_backup() -> None:
    """One of MongoDB has only what is copied kind by kind; uploads that are under way are in none."""
    store: Any = None
    in_backups = {kind.name for kind in kinds_of(store, store)}
    assert in_backups == {MIGRATED[name].name for name in document_kinds() - {"uploads"}}
