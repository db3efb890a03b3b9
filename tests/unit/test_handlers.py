"""The tables of the contexts, and what is made of them for all."""

import re
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from contexts import CONTEXTS, modules_of
from emo_grpc.bootstrap.metadata import SUBSCRIPTIONS
from emo_grpc.shared.domain.events import ServiceAccountEnded, UserRemoved
from emo_grpc.shared.domain.messages import Command, Event
from emo_grpc.shared.service_layer.handlers import Handlers, all_event_handlers, all_subscriptions
from emo_grpc.users.domain.events import AccountRemoved, UserRegistered


def _handlers_of(context: str) -> Handlers:
    """The tables of a context, made without its ports, none of which is used meanwhile."""
    module = import_module(f"emo_grpc.{context}.service_layer.handlers")
    ports: Any = getattr(module, f"{context.title().replace('_', '')}Ports")
    handlers: Handlers = getattr(module, f"{context}_handlers")(ports(**dict.fromkeys(ports.__dataclass_fields__)))
    return handlers


HANDLERS = {context: _handlers_of(context) for context in CONTEXTS}


def _commands_of(context: str) -> set[type[Command[Any]]]:
    """The commands that its domain defines, but for those that others are made of."""
    values = [each for module in modules_of(context, "domain") for each in vars(module).values()]
    commands = {each for each in values if isinstance(each, type) and issubclass(each, Command) and each is not Command}
    return {each for each in commands if not any(each in other.__mro__[1:] for other in commands)}


async def _handler(_: Event, __: UUID) -> None: ...


@pytest.mark.parametrize("context", HANDLERS)
def test_every_command_has_its_handler(context: str) -> None:
    """What can be asked for is handled, and nothing else is in the table."""
    assert set(HANDLERS[context].commands) == _commands_of(context)


def test_subscriptions_are_those_of_the_event_handlers() -> None:
    """Events are stored for just the handlers that there are."""
    events = all_event_handlers(each.events for each in HANDLERS.values())
    stored = {kind: sorted(names) for kind, names in SUBSCRIPTIONS.items()}
    assert {kind: sorted(handlers) for kind, handlers in events.items()} == stored


def test_only_mails_are_given_up() -> None:
    """A dead letter ends by itself only where nothing but a mail is lost with it."""
    ends = {kind: names for kind, names in SUBSCRIPTIONS.items() if kind.dead_for is not None}
    assert {UserRegistered, AccountRemoved} <= set(ends)
    assert [name for names in ends.values() for name in names if not re.fullmatch("send_.*_mail", name)] == []


def test_stored_names() -> None:
    """The names that outbox rows carry are those of all earlier releases."""
    assert SUBSCRIPTIONS[UserRegistered] == ("send_activation_mail",)
    assert SUBSCRIPTIONS[UserRemoved] == ("forget_traces_of_user", "remove_assets_of_user", "forget_removed_user")
    assert SUBSCRIPTIONS[ServiceAccountEnded] == ("end_sessions_of_actor",)
    assert {name for names in SUBSCRIPTIONS.values() for name in names} == {
        "forget_traces_of_user",
        "send_activation_mail",
        "send_already_registered_mail",
        "send_password_changed_mail",
        "send_new_device_mail",
        "send_account_removed_mail",
        "send_identity_linked_mail",
        "send_reset_mail",
        "send_email_change_mail",
        "send_email_changed_mail",
        "send_email_set_mail",
        "remove_assets_of_user",
        "delete_blob_of_asset",
        "drop_blob_of_upload",
        "move_rest_of_folder",
        "end_sessions_of_actor",
        "forget_removed_user",
        "rename_rest_of_label",
    }


def test_handlers_of_one_event_in_two_contexts_stand_side_by_side() -> None:
    """Neither context takes the other's place."""
    first = Handlers({}, {UserRemoved: {"a": _handler}})
    second = Handlers({}, {UserRemoved: {"b": _handler}, Event: {"c": _handler}})
    assert all_event_handlers([first.events, second.events]) == {
        UserRemoved: {"a": _handler, "b": _handler},
        Event: {"c": _handler},
    }
    assert all_subscriptions([{UserRemoved: ("a",)}, {UserRemoved: ("b",), Event: ("c",)}]) == {
        UserRemoved: ("a", "b"),
        Event: ("c",),
    }
