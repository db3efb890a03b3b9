"""One HTTP request and its answer."""

import io
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final

import structlog

from emo_grpc.shared.entrypoints.ops.page import Page

if TYPE_CHECKING:
    from emo_grpc.shared.entrypoints.ops.http_server import OpsServer

MAX_HEAD: Final = 16 << 10
"""Bytes of a request line with its header fields. The library would take 6 MiB."""
ENDS: Final = (b"\r\n\r\n", b"\n\n")


class RequestHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with a page of the server, once a connection. Nothing of a request is given back."""

    server: "OpsServer"
    timeout = 5
    """Seconds for each read, and for all of an answer."""
    server_version = "emo"
    sys_version = ""

    def handle(self) -> None:
        """Read the whole head, up to its limit, before any of it is looked at."""
        with self.rfile:
            head = self._read_head()
        self.rfile = io.BufferedReader(io.BytesIO(head))
        if len(head) >= MAX_HEAD:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif head:
            self.server.connections.asked(self.connection)
            super().handle()

    def do_GET(self) -> None:
        """Give a page."""
        self._answer(self._page())

    def do_HEAD(self) -> None:
        """Give all of a page but its body."""
        self._answer(self._page(), with_body=False)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say that a request is wrong; the library's sentences would repeat what was asked."""
        del message, explain
        # The library has only the methods that we define, and calls any other one not implemented.
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self._answer(Page.of_status(status))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a scrape every few seconds is no news."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: what strangers send is no news either."""

    def _read_head(self) -> bytes:
        head = b""
        while len(head) < MAX_HEAD and not any(end in head for end in ENDS):
            piece = self.connection.recv(MAX_HEAD - len(head))
            if not piece:
                break
            head += piece
        return head

    def _page(self) -> Page:
        make = self.server.pages.get(self.path.partition("?")[0])
        if make is None:
            return Page.of_status(HTTPStatus.NOT_FOUND)
        try:
            return make()
        except Exception as error:  # a page that can't be made now does not end the others
            structlog.get_logger("emo").error("a page for operators can't be made", exc_info=error)
            return Page.of_status(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _answer(self, page: Page, *, with_body: bool = True) -> None:
        self.close_connection = True
        self.request_version = "HTTP/1.0"  # the library leaves out all fields for what is no HTTP
        self.send_response(page.status)
        age = int(page.max_age.total_seconds())
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", f"public, max-age={age}" if age else "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if with_body:
            self.wfile.write(page.body)
