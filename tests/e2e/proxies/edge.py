"""A real proxy before servers, with the configuration that is shipped."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from certificates import Authority
from emo_grpc.client import Tls
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 20.0
SOURCE = "127.0.0.9"
"""From where proxies call, so that they are told from their clients."""


@dataclass(frozen=True)
class Edge:
    """A proxy that runs. `address`: where its clients connect to; `tls`: how."""

    address: str
    tls: Tls


Command = Callable[[Path, str], Sequence[str]]


@dataclass(frozen=True)
class Kind:
    """How one proxy is told where it is, in its shipped file, and started.

    `answers_away`: what it answers when no server is there. `lowered`: the line that bounds how long a server may say
    nothing, and what it becomes where that is tried.
    """

    name: str
    file: Path
    listens: str
    servers: tuple[str, str]
    own: Callable[[Path], dict[str, str]]
    command: Command
    answers_away: int
    lowered: tuple[str, str]


def _nginx_files(folder: Path) -> dict[str, str]:
    return {
        "/etc/nginx/emo.crt": str(folder / "edge.crt"),
        "/etc/nginx/emo.key": str(folder / "edge.key"),
        "        grpc_socket_keepalive on;": f"        grpc_socket_keepalive on;\n        grpc_bind {SOURCE};",
    }


def _nginx_command(folder: Path, text: str) -> Sequence[str]:
    (folder / "emo.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder / 'pid'}; error_log {folder / 'edge.log'};"
        f"events {{}} http {{ access_log off; {temporary} include {folder / 'emo.conf'}; }}"
    )
    return ("nginx", "-e", str(folder / "edge.log"), "-p", str(folder), "-c", str(folder / "nginx.conf"))


def _haproxy_files(folder: Path) -> dict[str, str]:
    both = (folder / "edge.crt").read_text() + (folder / "edge.key").read_text()
    (folder / "edge.pem").write_text(both)
    return {
        "/etc/haproxy/emo.pem": str(folder / "edge.pem"),
        "    retries 3": f"    retries 3\n    source {SOURCE}",
    }


def _haproxy_command(folder: Path, text: str) -> Sequence[str]:
    (folder / "haproxy.cfg").write_text(text)
    return ("haproxy", "-db", "-f", str(folder / "haproxy.cfg"))


NGINX = Kind(
    name="nginx",
    file=ROOT / "ops/nginx/emo.conf",
    listens="listen 443 ssl",
    servers=("127.0.0.1:50051 ", "127.0.0.1:50052 "),
    own=_nginx_files,
    command=_nginx_command,
    answers_away=502,
    lowered=("grpc_read_timeout 1h;", "grpc_read_timeout 1s;"),
)
HAPROXY = Kind(
    name="haproxy",
    file=ROOT / "ops/haproxy/haproxy.cfg",
    listens="bind :443 ssl",
    servers=("127.0.0.1:50051\n", "127.0.0.1:50052\n"),
    own=_haproxy_files,
    command=_haproxy_command,
    answers_away=503,
    lowered=("timeout server 1h", "timeout server 1s"),
)
KINDS = (NGINX, HAPROXY)


@contextmanager
def running(
    kind: Kind, folder: Path, authority: Authority, servers: Sequence[str], changes: Mapping[str, str] | None = None
) -> Iterator[Edge]:
    """Start it before these servers, with what else a test changes in its file, by the text that is replaced."""
    _require(kind.name)
    folder.mkdir()
    for ending in ("crt", "key"):
        shutil.copy(authority.folder / f"server.{ending}", folder / f"edge.{ending}")
    port = _free_port()
    own = kind.own(folder) | {kind.listens: kind.listens.replace("443", f"127.0.0.1:{port}").replace(" :127", " 127")}
    text = _filled(kind.file.read_text(), {**own, **_addresses(kind, servers), **(changes or {})})
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(kind.command(folder, text), cwd=folder, stdout=output, stderr=output)
    try:
        wait_until(lambda: _answers(port) or process.poll() is not None, PATIENCE_SECONDS, shown=log.read_text)
        assert process.poll() is None, log.read_text()
        yield Edge(f"localhost:{port}", Tls(authority.folder / "ca.crt"))
    finally:
        process.kill()
        process.wait()


def _addresses(kind: Kind, servers: Sequence[str]) -> dict[str, str]:
    """The servers by the places that the file has for them; one that is there twice is the only one."""
    return {
        place: f"{server}{place[-1]}"
        for place, server in zip(kind.servers, [*servers, *servers][: len(kind.servers)], strict=True)
    }


def _filled(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def _require(name: str) -> None:
    """Skip where it is not installed; fail in CI, which installs it."""
    if shutil.which(name) is None and not Path("/usr/sbin", name).exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{name} is not installed")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
