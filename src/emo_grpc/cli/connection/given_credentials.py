"""What the environment says in place of a login."""

import os
from dataclasses import dataclass, field
from typing import Final

from emo_grpc.cli.failures import Refusal

TOKEN: Final = "EMO_TOKEN"  # noqa: S105 - the name of a variable
SERVICE_KEY: Final = "EMO_SERVICE_KEY"


@dataclass(frozen=True, slots=True)
class GivenCredentials:
    """An access token that somebody else keeps alive, or the key of a service; empty = none.

    They are in the environment alone: every user of the machine sees the options of a command.
    """

    access_token: str = field(default="", repr=False)
    service_key: str = field(default="", repr=False)

    @classmethod
    def of_environment(cls, for_user: str | None) -> "GivenCredentials":
        """Read it; raises Refusal for what makes no sense."""
        given = cls(os.environ.get(TOKEN, ""), os.environ.get(SERVICE_KEY, ""))
        if given.access_token and given.service_key:
            raise Refusal(f"{TOKEN} and {SERVICE_KEY} exclude each other: unset one of them")
        if for_user and not given.service_key:
            raise Refusal(f"--for is for services: set {SERVICE_KEY} to a key of one")
        return given


def variable_in_use() -> str:
    """The name of the variable that stands in place of a login; empty if none does."""
    return next((name for name in (TOKEN, SERVICE_KEY) if os.environ.get(name)), "")
