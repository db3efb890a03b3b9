from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from typing import Any, Final

from contexts import WITH_DOMAIN, modules_of

SECRETS: Final = {
    "access_token",
    "activation_token",
    "confirmation_token",
    "data_key",
    "family",
    "family_hash",
    "new_password",
    "old_password",
    "password",
    "password_hash",
    "plain",
    "refresh_token",
    "reset_token",
    "secret",
    "secret_hash",
    "token_hash",
    "undo_token",
}


def secret_fields() -> Iterator[tuple[type, Field[Any]]]:
    """Of all dataclasses of the domains and service layers."""
    for context in WITH_DOMAIN:
        for module in (*modules_of(context, "domain"), *modules_of(context, "service_layer")):
            for made in vars(module).values():
                if isinstance(made, type) and is_dataclass(made):
                    yield from ((made, field) for field in fields(made) if field.name in SECRETS)


def test_no_secret_is_in_a_repr() -> None:
    """Whatever writes a command, a token or an account into a log or an error writes none of its secrets."""
    found = list(secret_fields())
    assert {field.name for _, field in found} == SECRETS
    assert [f"{made.__qualname__}.{field.name}" for made, field in found if field.repr] == []
