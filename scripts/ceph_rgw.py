#!/usr/bin/env python3
"""Runs a Ceph RADOS Gateway of one node, a real S3, for tests: one monitor, one OSD on a plain file, one gateway.

Needs nothing but the standard library, and for `install` root on Debian. See
https://docs.ceph.com/en/pacific/install/manual-deployment/; there is no systemd and no manager daemon here.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd")
DAEMONS = ("radosgw", "ceph-osd", "ceph-mon")
"""In the order in which they stop."""

PATIENCE = 60
"""Seconds that any single step may take."""

# The file of the OSD is sparse. What was deleted goes from it in seconds instead of hours, else tests fill it, and a
# Ceph that is full answers nothing at all.
CONF = """
[global]
fsid = {fsid}
mon_host = {monitor}
mon_initial_members = a
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = {folder}/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
mon_allow_pool_size_one = true
mon_data_avail_warn = 1
mon_data_avail_crit = 0
run_dir = {folder}
log_file = {folder}/$name.log
admin_socket = {folder}/$name.asok
pid_file = {folder}/$type.pid
mon_data = {folder}/mon
osd_data = {folder}/osd
osd_objectstore = bluestore
bluestore_block_size = 34359738368
bluestore_block_create = true
osd_memory_target = 939524096
setuser_match_path = none

[client.rgw.a]
pid_file = {folder}/radosgw.pid
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw_override_bucket_index_max_shards = 1
rgw_gc_obj_min_wait = 10
rgw_gc_processor_period = 10
rgw_gc_processor_max_time = 10
"""


def install() -> None:
    """Install the Debian packages, unless they are there."""
    if all(map(shutil.which, DAEMONS)):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.exit("ceph: only root can install it, and only on Debian")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *PACKAGES)):
        subprocess.run(("apt-get", "-qq", *command), check=True, env=quiet, stdout=subprocess.DEVNULL)


class Cluster:
    """One node in a folder; its address, keys and process ids stand in files there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._conf = folder / "ceph.conf"

    def start(self) -> dict[str, str]:
        """Make the cluster and bring it up; gives the variables that the tests look for."""
        self._folder.mkdir(parents=True, exist_ok=True)
        port, one, two = free_ports(3)
        monitor = f"[v2:127.0.0.1:{one},v1:127.0.0.1:{two}]"
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        self._conf.write_text(CONF.format(fsid=fsid, monitor=monitor, folder=self._folder, port=port))
        osd_secret = self._make_keyring()
        self._start_monitor(fsid, monitor)
        self._start_osd(osd, osd_secret)
        self._run("radosgw", "-n", "client.rgw.a")
        wait_for_port(port)
        return {"EMO_TEST_S3_URL": f"http://127.0.0.1:{port}", **self._make_user()}

    def stop(self) -> None:
        """End its processes and remove the folder."""
        for daemon in DAEMONS:
            file = self._folder / f"{daemon.removeprefix('ceph-')}.pid"
            if file.exists():
                end_process(int(file.read_text()), daemon)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_keyring(self) -> str:
        keyring = str(self._folder / "keyring")
        full = ("--cap", "mon", "allow *", "--cap", "osd", "allow *")
        self._run("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        self._run("ceph-authtool", keyring, "--gen-key", "-n", "client.admin", *full, "--cap", "mgr", "allow *")
        self._run("ceph-authtool", keyring, "--gen-key", "-n", "client.rgw.a", "--cap", "mon", "allow rw", *full[3:])
        osd_caps = ("--cap", "mon", "allow profile osd", "--cap", "mgr", "allow profile osd", *full[3:])
        self._run("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", *osd_caps)
        return self._run("ceph-authtool", keyring, "-p", "-n", "osd.0").strip()

    def _start_monitor(self, fsid: str, monitor: str) -> None:
        monmap = str(self._folder / "monmap")
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", monitor, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._run("ceph-mon", "-i", "a")

    def _start_osd(self, osd: str, secret: str) -> None:
        self._run("ceph", "osd", "new", osd, "-i", "-", stdin=json.dumps({"cephx_secret": secret}))
        (self._folder / "osd").mkdir()
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._run("ceph-osd", "-i", "0")

    def _make_user(self) -> dict[str, str]:
        access, secret = secrets.token_hex(10), secrets.token_hex(20)
        keys = ("--access-key", access, "--secret", secret)
        self._run("radosgw-admin", "user", "create", "--uid", "emo", "--display-name", "emo", *keys)
        return {"EMO_TEST_S3_ACCESS": access, "EMO_TEST_S3_SECRET": secret}

    def _run(self, command: str, *arguments: str, stdin: str = "") -> str:
        line = (command, "-c", str(self._conf), *arguments)
        done = subprocess.run(line, input=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(line)}: {done.stderr.strip()}")
        return done.stdout


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on."""
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [server.getsockname()[1] for server in found]
    finally:
        for server in found:
            server.close()


def wait_for_port(port: int) -> None:
    """Return when somebody listens there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nobody listens on port {port} after {PATIENCE} seconds")


def end_process(pid: int, name: str) -> None:
    """Kill the process, if it is still the one of that name: what it stored is of no use to anybody."""
    stat = Path(f"/proc/{pid}/comm")
    with suppress(OSError):
        if stat.read_text().strip() == name:
            os.kill(pid, signal.SIGKILL)
            while stat.exists():
                time.sleep(0.01)


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """A cluster in a folder of its own; gives its variables."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="emo-ceph-")))
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def run(command: list[str]) -> int:
    """Run a command with the variables of a new cluster, which ends with it; gives its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with running() as variables:
        return subprocess.run(command, check=False, env={**os.environ, **variables}).returncode


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("install", help="install the Debian packages")
    actions.add_parser("start", help="start in FOLDER, print the variables").add_argument("folder", type=Path)
    actions.add_parser("stop", help="stop what runs in FOLDER, remove it").add_argument("folder", type=Path)
    command = actions.add_parser("run", help="start, run COMMAND with the variables, stop")
    command.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    if chosen.action == "install":
        install()
    elif chosen.action == "start":
        variables = Cluster(chosen.folder.resolve()).start()
        sys.stdout.writelines(f"export {name}={value}\n" for name, value in variables.items())
    elif chosen.action == "stop":
        Cluster(chosen.folder.resolve()).stop()
    else:
        return run(chosen.command)
    return 0


if __name__ == "__main__":
    sys.exit(main())
