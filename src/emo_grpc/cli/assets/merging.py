"""Asks before two tags, people, places or folders become one."""

from emo_grpc.cli.failures import Refusal
from emo_grpc.cli.terminal.questions import can_ask, confirm


def may_merge(old: str, new: str, already: str, *, yes: bool, otherwise: str) -> bool:
    """Whether it is meant: afterwards nothing tells the two apart.

    `already`: the sentence of what the new one has; `otherwise`: what is said after a no. Raises Refusal if nobody can
    be asked.
    """
    if yes:
        return True
    if not can_ask():
        raise Refusal(f"{already}, and there is no terminal to ask whether to make both one: use --yes")
    return confirm(f"{already}. Make {old} and {new} one, for good?", otherwise=otherwise)
