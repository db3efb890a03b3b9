"""What an address may be, and which ones are the same mailbox."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.shared.domain.errors import InvalidArgument
from emo_grpc.shared.domain.text import Violations
from emo_grpc.users.domain.email_address import email_key, email_keys, is_email_address, mailable
from emo_grpc.users.domain.rules import check_email
from emo_grpc.users.domain.session_commands import LogIn

NFC, NFD = "josé@example.org", unicodedata.normalize("NFD", "josé@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.org", "Ana.B+tag@Example.ORG", "o'neil@example.org", "a=b@example.org", "a?b@example.org",
        "ana@localhost", "a@b-c.example", "42@example.org", "a@123.example.org", NFC, NFD, "δοκιμή@παράδειγμα.gr",
        "अजय@डाटा.भारत", "ana@bücher.de", "ana@xn--bcher-kva.de", "ana@faß.de", "אנה@דוגמה.org", "a" * 64 + "@x.org",
    ],
)  # fmt: skip
def test_addresses(address: str) -> None:
    """Letters of all scripts, and what mail systems take in a local part."""
    violations = Violations()
    check_email(violations, "email", address)
    violations.add("other", "is odd")
    with pytest.raises(InvalidArgument) as caught:
        violations.raise_if_any()
    assert [violation.field for violation in caught.value.violations] == ["other"]


INVISIBLE = {
    "zero width space": "\u200b", "joiner": "\u200d", "non-joiner": "\u200c", "soft hyphen": "\u00ad",
    "byte order mark": "\ufeff", "word joiner": "\u2060", "right-to-left override": "\u202e", "isolate": "\u2066",
    "left-to-right mark": "\u200e", "arabic mark": "\u061c", "variation selector": "\ufe0f", "tag": "\U000e0061",
    "combining joiner": "\u034f", "hangul filler": "\u3164", "private": "\ue000", "unassigned": "\u0378",
    "line separator": "\u2028", "selector 256": "\U000e01ef", "null": "\x00", "surrogate": "\ud800",
}  # fmt: skip


@pytest.mark.parametrize("name", INVISIBLE)
@pytest.mark.parametrize("shape", ["an{}a@example.org", "{}ana@example.org", "ana@exa{}mple.org", "ana@example.org{}"])
def test_refuses_what_can_not_be_seen(name: str, shape: str) -> None:
    """Two addresses that look the same are the same."""
    violations = Violations()
    check_email(violations, "email", shape.format(INVISIBLE[name]))
    with pytest.raises(InvalidArgument):
        violations.raise_if_any()


@pytest.mark.parametrize(
    "address",
    [
        "", "ana", "@", "ana@", "@example.org", "a@b@example.org", "a b@example.org", "ana@exa mple.org",
        "=?utf-8?q?x?=@x.org", "a=?utf-8?b?eA==?=@x.org", ".ana@x.org", "ana.@x.org", "a..b@x.org", '"a b"@x.org',
        "ana(x)@x.org", "<ana@x.org>", "ana@x.org,ben@x.org", "ana@x.org\nBcc: ben@x.org", "ana@[127.0.0.1]",
        "ana@127.0.0.1", "ana@x.org.", "ana@.x.org", "ana@x..org", "ana@-x.org", "ana@a_b.org", "ana@xn--zzzz.org",
        "ana@xn--a.org", "ana@\uff58.org", "ana@x\u3002org", "ana\uff20x.org", "a" * 65 + "@x.org", "é" * 33 + "@x.org",
        "ana@" + "a" * 64 + ".org", "💌@x.org", "ana@💌.org",
    ],
)  # fmt: skip
def test_refuses(address: str) -> None:
    """What is no address, what a mail program would decode into another one, and domains that are none."""
    assert not is_email_address(address)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@example.org", "ANA@EXAMPLE.org"),
        (NFC, NFD),
        (NFC, "JOSÉ@example.org"),
        ("ana@bücher.de", "ana@xn--bcher-kva.de"),
        ("ana@bücher.de", "Ana@BÜCHER.DE"),
        ("ana@bücher.de", "ana@XN--BCHER-KVA.de"),
        ("ana@bücher.de", unicodedata.normalize("NFD", "ana@bücher.de")),
    ],
)
def test_one_mailbox(one: str, other: str) -> None:
    """Case, the way in which accents are written, and the form of the domain make no difference."""
    assert email_key(one) == email_key(other)
    assert one.casefold() in email_keys(other) or email_key(one) in email_keys(other)


def test_two_mailboxes() -> None:
    """Dots, tags and what only looks alike do."""
    different = ["ana@x.org", "a.na@x.org", "ana+a@x.org", "an\u0430@x.org", "ana@x.com", "ana@fass.de", "ana@faß.de"]
    assert len({email_key(address) for address in different}) == len(different)


@given(st.from_regex(r"[!-?A-~]{1,20}@[A-Za-z0-9.-]{1,20}", fullmatch=True))
def test_keys_of_ascii_stay(address: str) -> None:
    """What earlier releases stored for an address in ASCII is what this one stores."""
    assert address.casefold() in email_keys(address)
    if is_email_address(address) and "xn--" not in address.lower():
        assert email_key(address) == address.casefold()


@given(st.text())
def test_every_text_has_a_key(address: str) -> None:
    """What was stored by laxer rules is still found at the login."""
    assert address.casefold() in email_keys(address)
    assert email_key(address) in email_keys(address)


def test_mails_go_to_domains_in_ascii() -> None:
    """The local part is mailed to as it was typed."""
    assert mailable("Ana@Bücher.de") == ("Ana", "xn--bcher-kva.de")


@pytest.mark.parametrize("name", sorted(set(INVISIBLE) - {"variation selector", "combining joiner", "selector 256"}))
def test_devices_are_told_apart_by_what_can_be_seen(name: str) -> None:
    """So a session in the list is not taken for another."""
    with pytest.raises(InvalidArgument) as caught:
        LogIn(identifier="ana", password="x", device_id=f"lap{INVISIBLE[name]}top")
    assert {found.field for found in caught.value.violations} == {"device_id"}
