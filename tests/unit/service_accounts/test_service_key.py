"""The text of service keys, and what is kept of them."""

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emo_grpc.service_accounts.domain.errors import ServiceKeyMistyped
from emo_grpc.service_accounts.domain.ids import ServiceKeyId
from emo_grpc.service_accounts.domain.service_key import DIGITS, KEY, KeyText, ServiceKey
from emo_grpc.shared.domain.ids import ActorId

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
A_KEY = KeyText(
    ActorId.parse("00112233-4455-4677-8899-aabbccddeeff", ""),
    ServiceKeyId.parse("ffeeddcc-bbaa-4988-b766-554433221100", ""),
    bytes(range(32)),
)
ITS_TEXT = "emo_sk_00z0R12GEHLATbF2IUQPrf3jhUrPgyLgpJGu0h9pBkO_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2HKFsc"


@given(some.uuids(), some.uuids(), some.binary(min_size=32, max_size=32))
def test_what_is_written_is_read(actor: object, key: object, secret: bytes) -> None:
    """Every key has 100 characters, in which a scanner finds it, and is read as it was made."""
    made = KeyText(ActorId.parse(str(actor), ""), ServiceKeyId.parse(str(key), ""), secret)
    assert len(made.text) == 100
    assert KEY.fullmatch(made.text)
    assert KeyText.parse(made.text) == made


def test_the_form_is_for_ever() -> None:
    """Keys that were given out by earlier releases are read, and made, just so."""
    assert A_KEY.text == ITS_TEXT
    assert KeyText.parse(ITS_TEXT) == A_KEY


def test_the_checksum_is_that_of_github() -> None:
    """It is the CRC-32 of all before it, as six digits in base 62."""
    number = zlib.crc32(ITS_TEXT[:-6].encode())
    digits = [DIGITS[number // 62**place % 62] for place in range(5, -1, -1)]
    assert ITS_TEXT.endswith("".join(digits))


@given(some.integers(0, 99), some.characters(codec="utf-8"))
def test_one_wrong_character_is_a_typo(place: int, character: str) -> None:
    """Whichever it is, and whatever stands there instead, it is told without asking the store."""
    wrong = ITS_TEXT[:place] + character + ITS_TEXT[place + 1 :]
    if wrong != ITS_TEXT:
        with pytest.raises(ServiceKeyMistyped):
            KeyText.parse(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "emo_sk_",
        ITS_TEXT[:-1],
        ITS_TEXT + "0",
        ITS_TEXT + "\n",
        ITS_TEXT[:40] + ITS_TEXT[41] + ITS_TEXT[40] + ITS_TEXT[42:],
        ITS_TEXT.upper(),
        "a" * 1_000_000,
    ],
)
def test_what_is_no_whole_key_is_a_typo(text: str) -> None:
    """Parts, swapped characters, other case, and what is far too long."""
    with pytest.raises(ServiceKeyMistyped):
        KeyText.parse(text)


def test_numbers_that_are_too_large_are_a_typo() -> None:
    """43 digits can say more than 32 bytes; no key was ever made of that, even if its checksum is right."""
    unchecked = f"emo_sk_{'z' * 43}_{'0' * 43}"
    number = zlib.crc32(unchecked.encode())
    checksum = "".join(DIGITS[number // 62**place % 62] for place in range(5, -1, -1))
    with pytest.raises(ServiceKeyMistyped):
        KeyText.parse(unchecked + checksum)


def test_uses_are_noted_once_a_minute() -> None:
    """The first use is noted, and then none for a minute."""
    key = ServiceKey(A_KEY.key_id, A_KEY.secret_hash, NOW)
    used = key.used(NOW)
    assert used.last_used_time == NOW
    assert used.used(NOW + timedelta(seconds=59)) is used
    assert used.used(NOW + timedelta(seconds=60)).last_used_time == NOW + timedelta(seconds=60)


def test_only_the_whole_secret_is_the_key() -> None:
    """The id alone opens nothing."""
    key = ServiceKey(A_KEY.key_id, A_KEY.secret_hash, NOW)
    assert key.is_key(A_KEY)
    assert not key.is_key(KeyText(A_KEY.actor_id, A_KEY.key_id, b"\0" * 32))
    assert not key.is_key(KeyText(A_KEY.actor_id, ServiceKeyId.new(), A_KEY.secret))
