"""Calls the fields of requests what they are to who typed them."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from emo_grpc.cli.arguments import current_parameters, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

INDEX: Final = re.compile(r"\[\d+\]")

PARAMETERS: Final = {
    "activation_token": ("token",),
    "reset_token": ("token",),
    "confirmation_token": ("token",),
    "undo_token": ("token",),
    "asset": ("asset",),
    "asset_id": ("asset_id", "asset_ids"),
    "asset_ids": ("asset_ids",),
    "add_tags": ("add_tags",),
    "remove_tags": ("remove_tags",),
    "add_people": ("add_people",),
    "remove_people": ("remove_people",),
    "asset.title": ("title",),
    "asset.description": ("description",),
    "asset.tags": ("tags", "add_tags"),
    "asset.people": ("people", "add_people"),
    "asset.location": ("location", "former_location"),
    "asset.folder": ("into",),
    "folder": ("inside",),
    "source": ("source",),
    "destination": ("destination",),
    "asset.event_date": ("date",),
    "asset.event_zone": ("date",),
    "asset.file.name": ("name",),
    "asset.file.content_type": ("content_type",),
    "filter.tags": ("tags",),
    "filter.people": ("people",),
    "filter.content_types": ("types",),
    "filter.text": ("text",),
    "filter.location": ("place",),
    "filter.folder": ("folder",),
    "filter.kinds": ("kinds",),
    "filter.event_date_from": ("from_date",),
    "filter.event_date_to": ("to_date",),
    "filter.present_fields": ("has",),
    "filter.absent_fields": ("without",),
    "filter.expression": ("expression", "people"),
    "order_by": ("order_by", "sort"),
    "prefix": ("prefix",),
    "tag": ("old",),
    "person": ("old",),
    "location": ("old",),
    "new_tag": ("new",),
    "new_person": ("new",),
    "new_location": ("new",),
    "first": ("from_date",),
    "last": ("to_date",),
    "offset": ("offset",),
    "length": ("length",),
    "username": ("username", "user"),
    "email": ("email", "user"),
    "new_email": ("email", "address"),
    "user.username": ("username",),
    "user.public_name": ("public_name",),
    "user.locale": ("locale",),
    "public_name": ("public_name",),
    "locale": ("locale",),
    "roles": ("roles",),
    "session_id": ("revoke",),
    "service_account.name": ("rename", "name"),
    "service_account.description": ("description",),
    "service_account.networks": ("networks",),
    "expire_time": ("expires",),
    "key_id": ("key",),
    "issuer": ("issuer",),
    "external_id": ("external_id",),
}
"""What of a command may have filled in a field: the names of its parameters in the program."""

LABELS: Final = {
    "activation_token": "token",
    "reset_token": "token",
    "asset_id": "asset's id",
    "asset.title": "title",
    "asset.description": "description",
    "asset.tags": "tag",
    "asset.people": "person",
    "asset.location": "place",
    "asset.event_date": "date",
    "asset.file.name": "file's name",
    "asset.file.content_type": "media type",
    "asset.file.size_bytes": "file's size",
    "email": "e-mail address",
    "new_email": "e-mail address",
    "public_name": "public name",
    "locale": "language",
    "device_id": "this machine's name",
    "old_password": "current password",
    "new_password": "new password",
    "session_id": "session's id",
}
"""What was not typed after the command: it was asked for, or comes of a file."""


class Violation(Protocol):
    """What is wrong with one field."""

    @property
    def field(self) -> str:
        """Its path, as in a FieldMask, with indexes."""

    @property
    def description(self) -> str:
        """One sentence that goes on after its name."""


def with_option_names(sentence: str, violations: Sequence[Violation]) -> str:
    """The sentence of an error, if it names these fields and what is wrong with each, by the names that people know."""
    if sentence != _joined((each.field, each.description) for each in violations):
        return sentence
    return _joined((_typed(each.field), each.description) for each in violations)


def _joined(found: "Iterable[tuple[str, str]]") -> str:
    return "; ".join(dict.fromkeys(f"{name}: {description}" for name, description in found))


def _typed(field: str) -> str:
    field = INDEX.sub("", field)
    parameters, given = current_parameters()
    for name in PARAMETERS.get(field, ()):
        if name in parameters and given.get(name):
            return name_of(parameters[name])
    return LABELS.get(field, field)
