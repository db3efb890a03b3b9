"""A database whose calls are watched."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from emo_grpc.bootstrap.metadata import Metadata
from emo_grpc.bootstrap.observing.ports import observed_port
from emo_grpc.bootstrap.observing.units import Unit, observed_units
from emo_grpc.shared.service_layer.observing import Observer

Upcasters = TypeVar("Upcasters")

PORTS: Final = (
    "outbox",
    "user_views",
    "credentials",
    "login_throttle",
    "asset_views",
    "asset_search",
    "inventory",
    "service_account_views",
    "service_accounts_reader",
    "audit_views",
    "audit_archive",
)
"""Those that calls and background work use."""


def observed_metadata(metadata: Metadata, engine: str, observer: Observer | None) -> Metadata:
    """The same adapters, with all that is asked of them watched."""
    if observer is None:
        return metadata
    ports = {name: observed_port(getattr(metadata, name), name, engine, observer) for name in PORTS}
    return replace(
        metadata,
        **ports,
        users_units=_observed(metadata.users_units, "users", engine, observer),
        service_accounts_units=_observed(metadata.service_accounts_units, "service_accounts", engine, observer),
        assets_units=_observed(metadata.assets_units, "assets", engine, observer),
        audit_units=observed_units(metadata.audit_units, "audit", engine, observer),
    )


def _observed(
    units: Callable[[Upcasters], Callable[[], Unit]], context: str, engine: str, observer: Observer
) -> Callable[[Upcasters], Callable[[], Unit]]:
    return lambda upcasters: observed_units(units(upcasters), context, engine, observer)
