"""Why a server can't be started."""

from collections.abc import Sequence
from dataclasses import dataclass


class CannotStart(Exception):
    """The server can't run here; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one variable. It never repeats a secret."""

    variable: str
    sentence: str


class InvalidSettings(CannotStart):
    """Some variables are wrong; the text names each with what it should be. So do `complaints`, where that is known."""

    def __init__(self, sentence: str, complaints: Sequence[Complaint] = ()) -> None:
        super().__init__(sentence)
        self.complaints = tuple(complaints)
