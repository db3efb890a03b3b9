"""The strength of passwords by zxcvbn."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import prod
from typing import Any, Final

from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE, relevant_l33t_subtable

from emo_grpc.shared.domain.call_errors import TooManyCalls
from emo_grpc.users.adapters.passwords.feedback import OWN_NAMES, in_all_languages
from emo_grpc.users.domain.passwords import password_form
from emo_grpc.users.domain.weakness import Weakness

MIN_SCORE: Final = 2
"""Of 0 to 4: more than 10^6 guesses, which those who may try ten in a quarter of an hour don't reach."""
JUDGED_CHARACTERS: Final = 40
"""The beginning is enough to be strong. The time grows with the square of the length, and with each way to read signs
as letters (`4` as a, `|` as i or l): 40 ms at most with these two bounds, half a minute without."""
MAX_DISGUISES: Final = 16
"""It takes five signs at least to have more, which no list has, and which are 10^5 guesses by themselves."""
MAX_WAITING: Final = 64
RETRY_AFTER: Final = timedelta(seconds=5)


class ZxcvbnPasswordStrength:
    """Refuses what has a score below 2 of 4 (Wheeler, zxcvbn, USENIX Security 2016).

    On one thread: it keeps the words of the owner in a variable of its module, where two would mix them up.
    """

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._thread = ThreadPoolExecutor(1, "password-strength")
        self._max_waiting = max_waiting
        self._waiting = 0

    async def weakness(self, password: str, names: Sequence[str]) -> Weakness | None:
        """Of the beginning of the password, in the form that counts."""
        if self._waiting > self._max_waiting:
            raise TooManyCalls("too many new passwords at once; try again soon", retry_after=RETRY_AFTER)
        self._waiting += 1
        try:
            judged = password_form(password)[:JUDGED_CHARACTERS]
            return await asyncio.get_running_loop().run_in_executor(self._thread, _weakness, judged, names)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _weakness(password: str, names: Sequence[str]) -> Weakness | None:
    disguises = prod(map(len, relevant_l33t_subtable(password, L33T_TABLE).values()))
    if disguises > MAX_DISGUISES:
        return None
    words_of_owner = [name[:JUDGED_CHARACTERS] for name in names]
    # Any: zxcvbn has no types, and its result is a dict of dicts.
    result: dict[str, Any] = zxcvbn(password, words_of_owner, JUDGED_CHARACTERS)
    if result["score"] >= MIN_SCORE:
        return None
    feedback = result["feedback"]
    has_names = any(match.get("dictionary_name") == "user_inputs" for match in result["sequence"])
    words = [OWN_NAMES if has_names else feedback["warning"], *feedback["suggestions"]]
    return Weakness(in_all_languages(list(filter(None, words))))
