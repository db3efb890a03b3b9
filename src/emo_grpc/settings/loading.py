"""Reads the settings, and says all that is wrong with them."""

from collections.abc import Collection, Mapping
from typing import Final

from pydantic import ValidationError

from emo_grpc.settings.choices import Environment
from emo_grpc.settings.errors import Complaint, InvalidSettings
from emo_grpc.settings.model import Settings
from emo_grpc.settings.names import ENV_FILE, given_names, unknown_names

BELONG_TOGETHER: Final = ("TLS_", "ASSET_S3_", "BACKUP_S3_", "EMAIL_")
"""How variables begin that are good for nothing when one of them is wrong."""


def load_settings(kind: type[Settings] = Settings, /, **given: str) -> Settings:
    """Read them; what is `given` goes first. Raises InvalidSettings that names every bad variable at once."""
    try:
        wrong = unknown_names(given_names(given), frozenset(name.upper() for name in Settings.model_fields))
        settings = kind.model_validate(given)
    except ValidationError as error:
        wrong += [Complaint(str(found["loc"][0]).upper(), _sentence(found["msg"])) for found in error.errors()]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{ENV_FILE} can't be read: {error}") from error
    if wrong:
        lines = "\n".join(f"  {each.variable}: {each.sentence}" for each in wrong)
        raise InvalidSettings(f"these settings are wrong:\n{lines}", wrong)
    return settings


def load_sound_settings(wrong: Collection[str]) -> Settings | None:
    """Those that are right, for looking at what they say: the `wrong` have their defaults, and the rules of prod rest.

    None when even these are no settings.
    """
    groups = tuple(group for group in BELONG_TOGETHER if any(name.startswith(group) for name in wrong))
    given: Mapping[str, object] = {
        name: field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
        if name.upper() in wrong or name.upper().startswith(groups)
    }
    try:
        return Settings.model_validate({**given, "environment": Environment.DEV})
    except (ValidationError, OSError, UnicodeDecodeError):
        return None


def _sentence(message: str) -> str:
    """In the tone of our own rules, which begin with "must be"."""
    return message.removeprefix("Value error, ").replace("Input should be", "must be", 1)
