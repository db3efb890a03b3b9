"""What a log never shows, whatever a client sends and whoever writes the line."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from attacks.wire import call_headers, wire
from e2e.server_process import ServerProcess
from emo_grpc.settings import LogFormat, Settings
from emo_grpc.shared.entrypoints.logs.log_format import configure_logging
from emo_grpc.shared.entrypoints.logs.redaction import log_uncaught

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
REFRESH = "Zq3" * 35 + "Zq"
GET_ME = b"/emo.users.v1.UsersService/GetMe"


@pytest.fixture
def plain_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put logging back as it was."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    level, structured = root.level, structlog.get_config()
    for owner, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(owner, hook, getattr(owner, hook))
    yield
    logging.captureWarnings(False)
    structlog.configure(**structured)
    root.setLevel(level)


def log_as_a_server(log_format: LogFormat = LogFormat.JSON) -> None:
    """From now on; a test captures another standard error than its fixtures."""
    configure_logging(Settings(_env_file=None, log_format=log_format))
    log_uncaught()


def test_odd_byte_behind_a_token(tmp_path: Path) -> None:
    """A header that gRPC can't decode makes no line of gRPC, and so nobody's token is in the log."""
    server = ServerProcess(tmp_path / "server", {"LOG_LEVEL": "info"})
    server.start()
    try:
        with wire(server.port) as attacker:
            for odd in (f"Bearer {TOKEN}".encode() + b"\xff", f"Bearer {TOKEN[:30]}".encode() + b"\xfe" + b"x"):
                stream = attacker.call(call_headers(GET_ME, (b"authorization", odd)))
                assert attacker.answer(stream).status == 16
        assert server.stop() == 0
    finally:
        server.kill()
    log = server.log.read_text()
    assert log.count("code=UNAUTHENTICATED") == 2
    for secret in (TOKEN[:30], "c2lnbmF0dXJl", "Traceback", "Invalid encoding"):
        assert secret not in log


@pytest.mark.usefixtures("plain_logging")
@pytest.mark.parametrize("name", ["grpc._cython.cygrpc", "asyncio"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"metadata: authorization: Bearer {TOKEN}, next", "metadata: authorization: Bearer [redacted] next"),
        (f"('x', '{TOKEN}')", "('x', '[redacted]')"),
        (f"token={TOKEN[:25]}\\xff{TOKEN[25:]} after", "token=[redacted] after"),
        (f"refresh_token: {REFRESH!r}", "refresh_token: '[redacted]'"),
        ("at mongodb://emo:hunter2@db1/?x=1", "at mongodb://emo:[redacted]@db1/?x=1"),
        ("nothing to hide in eyJ", "nothing to hide in eyJ"),
    ],
)
def test_lines_of_libraries(name: str, text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever looks like a token or a password is left out of the lines and the tracebacks of libraries."""
    log_as_a_server()
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger(name).exception("%s", text)
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == shown
    assert f"ValueError: {shown}" in line["exception"]


@pytest.mark.usefixtures("plain_logging")
def test_bytes_of_clients(capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes that a library would show are only counted."""
    log_as_a_server()
    logging.getLogger("grpc").error("odd header %s", b"Basic hunter2\xff")
    assert json.loads(capsys.readouterr().err)["event"] == "odd header <14 bytes>"


@pytest.mark.usefixtures("plain_logging")
def test_own_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Our own lines show no access token either, not even as a path or an id that a client made up."""
    log_as_a_server()
    structlog.get_logger().info("call", method=f"/{TOKEN}", request_id=f"Bearer {TOKEN}")
    line = json.loads(capsys.readouterr().err)
    assert (line["method"], line["request_id"]) == ("/[redacted]", "Bearer [redacted]")


@pytest.mark.usefixtures("plain_logging")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Basic"])
def test_own_lines_with_other_credentials(scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor anything else that somebody calls credentials, in whatever case (RFC 9110 section 11.1)."""
    log_as_a_server()
    structlog.get_logger().info("call", request_id=f"{scheme} hunter2")
    assert json.loads(capsys.readouterr().err)["request_id"] == f"{scheme} [redacted]"


@pytest.mark.usefixtures("plain_logging")
@pytest.mark.parametrize("log_format", LogFormat)
@pytest.mark.parametrize("blank", ["\n", "\t", "\r\n", "\x0b"])
def test_blanks_that_become_escapes(blank: str, log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor what stands on another line than the scheme, or on the next line to other text."""
    log_as_a_server(log_format)
    text = f"odd:{blank}Bearer{blank}hunter2"
    structlog.get_logger().info("call", reason=text)
    logging.getLogger("grpc").error("%s", text)
    shown = capsys.readouterr().err
    assert shown.count("[redacted]") == 2
    assert "hunter2" not in shown


@pytest.mark.usefixtures("plain_logging")
@pytest.mark.parametrize("text", [f'{TOKEN}"', f"{TOKEN}\\", '/x bearer x"y', 'Basic "hunter2', 'mongodb://u:p"@x'])
def test_quotes_and_backslashes_behind_tokens(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a client puts behind something like a token, the line with it left out is JSON."""
    log_as_a_server()
    structlog.get_logger().info("call", method=text, request_id=text, damaged={text: 1})
    logging.getLogger("grpc").error("%s", text)
    for line in capsys.readouterr().err.splitlines():
        assert json.loads(line)
        assert TOKEN not in line


@pytest.mark.usefixtures("plain_logging")
def test_json_shows_only_what_can_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of any kind, line ends of Unicode and what is no text are escapes in JSON, and are kept."""
    odd = "".join(map(chr, range(0xA1))) + "\u2028\u2029\u202e\ufeff\U000e0041 ann\u00e9 \U0001f600"
    log_as_a_server()
    structlog.get_logger().info("call", method=odd)
    logging.getLogger("grpc").error("%s", odd)
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line).get("method", json.loads(line)["event"]) for line in lines] == [odd, odd]
    assert all(line.isprintable() and "ann\u00e9 \U0001f600" in line for line in lines)


@pytest.mark.usefixtures("plain_logging")
def test_uncaught_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """Errors that nobody caught go the same way."""
    log_as_a_server()
    error: Any = ValueError(f"Bearer {TOKEN}")
    sys.excepthook(ValueError, error, None)
    sys.unraisablehook(SimpleNamespace(exc_value=error))
    threading.excepthook(SimpleNamespace(exc_value=error))  # type: ignore[arg-type] # its real type can't be made
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all("ValueError: Bearer [redacted]" in json.loads(line)["exception"] for line in lines)


@pytest.mark.usefixtures("plain_logging")
def test_what_can_not_be_seen_does_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a library quotes makes no second line in a log for people, and moves no cursor."""
    configure_logging(Settings(_env_file=None, log_format=LogFormat.CONSOLE))
    odd = "a\nb\rc\x1b[2Jd\x85e\u2028f\u202eg é"
    logging.getLogger("asyncio").error("quoted: %s", odd, exc_info=ValueError(odd.replace("\n", "")))
    shown = r"\rc\x1b[2Jd\x85e\u2028f\u202eg é"
    head, error = capsys.readouterr().err.splitlines()
    assert head.endswith(rf" error   quoted: a\nb{shown}")
    assert error == f"ValueError: ab{shown}"
