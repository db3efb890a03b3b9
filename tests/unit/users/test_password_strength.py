"""Which passwords are too easy to guess, and what people are told."""

import ast
import asyncio
import inspect
import threading
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from zxcvbn import feedback, zxcvbn

from emo_grpc.shared.domain.call_errors import TooManyCalls
from emo_grpc.users.adapters.passwords.feedback import LANGUAGES, OWN_NAMES
from emo_grpc.users.adapters.passwords.zxcvbn_password_strength import ZxcvbnPasswordStrength
from emo_grpc.users.domain.passwords import PasswordOwner

OWNER = PasswordOwner(username="jose.marti", email="josep.puigdomenech@correu.example", public_name="José Martí")


@pytest.fixture
def strength() -> Iterator[ZxcvbnPasswordStrength]:
    made = ZxcvbnPasswordStrength(max_waiting=4)
    yield made
    made.close()


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "P@ssw0rd",
        "drowssap",
        "12345678",
        "qwertyuiop",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabc",
        "barcelona92",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11",  # password1 in full width
    ],
)
async def test_weak(strength: ZxcvbnPasswordStrength, password: str) -> None:
    """Common passwords, rows of keys, repeats and their disguises are refused."""
    assert await strength.weakness(password, [])


@pytest.mark.parametrize(
    "password", ["correct horse", "battery staple", "el gos del veí", "x7#Qm2!vLp", "正しい馬の電池"]
)
async def test_good(strength: ZxcvbnPasswordStrength, password: str) -> None:
    """A few words are enough, in any script, and so are some random characters."""
    assert await strength.weakness(password, OWNER.guessable_words()) is None


@pytest.mark.parametrize(
    "password",
    ["jose.marti", "JoseMarti1", "josemartí", "puigdomenech", "puigdomenech7", "correu.example", "itram.esoj"],
)
async def test_own_names(strength: ZxcvbnPasswordStrength, password: str) -> None:
    """Names and addresses of the owner are guessable, whole or in part, with accents or without; others' are not."""
    weakness = await strength.weakness(password, OWNER.guessable_words())
    assert weakness is not None
    assert weakness.why["en"].startswith(OWN_NAMES)


async def test_names_of_others(strength: ZxcvbnPasswordStrength) -> None:
    """The words of one owner say nothing of the next one's password."""
    assert await strength.weakness("puigdomenech7", OWNER.guessable_words())
    assert await strength.weakness("puigdomenech7", PasswordOwner("ana", "ana@example.org").guessable_words()) is None


async def test_says_why(strength: ZxcvbnPasswordStrength) -> None:
    """People read in their language what is wrong and what helps, and never the password itself."""
    weakness = await strength.weakness("qwertyuiop", [])
    assert weakness is not None
    assert weakness.sentences == {
        "en": "This password is too easy to guess. This is a top-100 common password. "
        "Add another word or two. Uncommon words are better.",
        "es": "Esta contraseña es demasiado fácil de adivinar. Es una de las cien contraseñas más usadas. "
        "Añade una o dos palabras más, mejor si son poco corrientes.",
        "ca": "Aquesta contrasenya és massa fàcil d'endevinar. És una de les cent contrasenyes més usades. "
        "Afegeix-hi una o dues paraules més, millor si són poc corrents.",
    }


@pytest.mark.parametrize("locale", ["es", "ca"])
def test_every_sentence_is_translated(locale: str) -> None:
    """All that the library can say is known in every language, and nothing else."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(feedback))) if isinstance(node, ast.Call)]
    said = {ast.literal_eval(call.args[0]) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_"}
    assert set(LANGUAGES[locale]) == said | {OWN_NAMES}


@pytest.mark.parametrize("character", ["a", "4", "(", "é"])
async def test_long_ones(strength: ZxcvbnPasswordStrength, character: str) -> None:
    """The longest passwords are judged by their beginning, also where the form that counts is 18 times as long."""
    assert await strength.weakness(character * 128, [])
    assert await strength.weakness(f"horse of the correct {character * 107}", []) is None
    assert await strength.weakness("\ufdfa" * 128, []) is None


@pytest.mark.parametrize("password", ["4@8({[<3691!|$50+7%2" * 6, "1!|7+" * 8, "4@8({[<3691!|$50+7%2aeiou"])
async def test_what_would_take_long_is_not_judged(strength: ZxcvbnPasswordStrength, password: str) -> None:
    """Signs that may stand for many letters are good enough by themselves: nobody keeps the server busy with them."""
    judge = f"{ZxcvbnPasswordStrength.__module__}.zxcvbn"
    with patch(judge) as judged:
        assert await strength.weakness(password, []) is None
    judged.assert_not_called()
    with patch(judge, wraps=zxcvbn) as judged:
        await strength.weakness("p4$$w0rd 123" * 10, ["n" * 254])
    assert all(len(text) <= 40 for text in (judged.call_args.args[0], *judged.call_args.args[1]))


async def test_a_storm_is_turned_away(strength: ZxcvbnPasswordStrength) -> None:
    """Beyond what may wait, more is refused with a hint when to come back; what waits is judged."""
    may_judge = threading.Event()
    judge = f"{ZxcvbnPasswordStrength.__module__}.zxcvbn"
    with patch(judge, lambda *asked: may_judge.wait() and zxcvbn(*asked)):
        calls = [asyncio.create_task(strength.weakness("correct horse", [])) for _ in range(20)]
        await asyncio.sleep(0)  # all have asked; from Python 3.12 on, what a thread has done by now leaves at once
        may_judge.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, TooManyCalls)]
    assert len(refused) == 20 - 1 - 4
    assert all(error.retry_after for error in refused)
    assert await strength.weakness("correct horse", []) is None
