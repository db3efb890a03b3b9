"""When a certificate's end is told."""

from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from emo_grpc.shared.entrypoints.tls.expiry import ExpiryNotice

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NAME = "TLS_CERT_FILE"


def told(notice: ExpiryNotice, left: timedelta, after: timedelta = timedelta(0)) -> list[tuple[str, str, object]]:
    """What is logged of a certificate that has so long left at NOW, when the notice looks so much later."""
    with capture_logs() as lines:
        notice.tell({NAME: NOW + left}, NOW + after)
    assert all(line["setting"] == NAME and line["expires"] == (NOW + left).isoformat() for line in lines)
    return [(line["log_level"], line["event"], line.get("days")) for line in lines]


def test_it_is_told_within_two_weeks() -> None:
    """As a warning with the whole days that are left, and not before."""
    assert told(ExpiryNotice(), 14 * DAY + timedelta(seconds=1)) == []
    assert told(ExpiryNotice(), 14 * DAY) == [("warning", "a certificate expires soon", 14)]
    assert told(ExpiryNotice(), timedelta(seconds=1)) == [("warning", "a certificate expires soon", 0)]
    assert told(ExpiryNotice(), timedelta(0)) == [("error", "a certificate has expired: clients refuse it", None)]


def test_it_is_told_once_a_day() -> None:
    """However often somebody looks."""
    notice = ExpiryNotice()
    assert len(told(notice, 9 * DAY)) == 1
    assert told(notice, 9 * DAY, DAY - timedelta(seconds=1)) == []
    assert told(notice, 9 * DAY, DAY) == [("warning", "a certificate expires soon", 8)]


def test_a_new_certificate_begins_anew() -> None:
    """One that is put in its place is told of when its own time comes."""
    notice = ExpiryNotice()
    assert len(told(notice, 9 * DAY)) == 1
    assert told(notice, 90 * DAY) == []
    assert len(told(notice, 3 * DAY)) == 1
