"""What is installed is what was asked for: the client and the command alone, or a server without engines elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess
from emo_grpc.extras import Extra, installing
from installed import Installed, build_wheel

MOST_BYTES = 40_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install emo-grpc`."""
    return Installed(tmp_path_factory.mktemp("alone"), wheel)


@pytest.fixture(scope="module")
def server_only(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """`pip install 'emo-grpc[server]'`."""
    return Installed(tmp_path_factory.mktemp("server"), wheel, Extra.SERVER)


def test_the_client_alone_does_what_people_do(alone: Installed, server: ServerProcess, tmp_path: Path) -> None:
    """Without any package of the server, the command uploads, lists, shows and downloads."""
    emo = EmoProcess(tmp_path, command=alone.command)
    (tmp_path / "note.txt").write_bytes(b"for you")
    emo.run("--server", server.address, "register", "ann", "--email", "ann@example.com")
    emo.run("login", "ann")
    emo.run("upload", "note.txt", "--tag", "letters")
    listed = json.loads(emo.output("ls", "--json"))
    assert [asset["title"] for asset in listed] == ["note"]
    asset_id = listed[0]["asset_id"]
    assert "letters" in emo.output("show", asset_id)
    emo.run("download", asset_id, "-o", "copy.txt")
    assert (tmp_path / "copy.txt").read_bytes() == b"for you"


@pytest.mark.parametrize("typed", ["serve", "worker", "admin verify", "admin outbox", "admin service list"])
def test_what_needs_a_server_says_how_to_install_it(alone: Installed, tmp_path: Path, typed: str) -> None:
    """Without the server's packages, its commands end with one sentence, which names what installs them."""
    done = EmoProcess(tmp_path, command=alone.command).run(*typed.split(), code=69)
    assert done.stderr.decode() == (
        f"emo: emo {typed} is part of the server, which is not installed: {installing(Extra.SERVER)}\n"
    )


def test_help_is_complete_without_the_server(alone: Installed, tmp_path: Path) -> None:
    """Who looks for a command finds it, whatever is installed."""
    emo = EmoProcess(tmp_path, command=alone.command)
    assert "Read all files" in emo.output("admin", "verify", "--help")
    assert "deliver events again" in emo.output("admin", "outbox", "retry", "--help")
    assert "Run the server" in emo.output("serve", "--help")


@pytest.mark.parametrize(
    ("given", "extra"),
    [("MONGODB_URL=mongodb://127.0.0.1:1/", Extra.MONGO), ("ASSET_S3_BUCKET=bucket", Extra.S3)],
)
def test_a_setting_without_its_packages_is_told(
    server_only: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, extra: Extra
) -> None:
    """An engine whose packages are not installed ends the start with one sentence, as a wrong setting does."""
    setting, _, value = given.partition("=")
    monkeypatch.setenv(setting, value)
    monkeypatch.setenv("EMO_LISTEN", "127.0.0.1:0")
    done = EmoProcess(tmp_path, command=server_only.command).run("serve", code=78)
    assert done.stderr.decode() == (
        f"emo: {setting} is set, and needs packages that are not installed: {installing(extra)}\n"
    )


def test_a_server_needs_no_engine_elsewhere(server_only: Installed, tmp_path: Path) -> None:
    """With the server's packages alone, embedded engines work."""
    server = ServerProcess(tmp_path / "server", command=server_only.command)
    server.start()
    assert server.stop() == 0


def test_a_client_traces_without_the_server(wheel: Path, tmp_path: Path) -> None:
    """`pip install 'emo-grpc[otel]'` is enough for the traces of the command."""
    Installed(tmp_path / "traced", wheel, Extra.OTEL).output("-c", "import emo_grpc.telemetry.provider")


def test_the_wheel_has_the_contract(alone: Installed, tmp_path: Path) -> None:
    """Its .proto files, a descriptor set, and types for both packages."""
    printed = [sys.executable, "-m", "grpc_tools.protoc", f"-I{alone.output('-m', 'emo_grpc.protos')}"]
    target = f"--descriptor_set_out={tmp_path / 'set'}"
    subprocess.run([*printed, target, "emo/assets/v1/assets.proto", "google/rpc/status.proto"], check=True)
    found = Path(alone.output("-m", "emo_grpc.protos", "--descriptor-set"))
    assert found.is_relative_to(alone.packages)
    assert "emo/server/v1/server.proto" in {file.name for file in FileDescriptorSet.FromString(found.read_bytes()).file}
    assert (alone.packages / "emo" / "py.typed").is_file()
    assert (alone.packages / "emo_grpc" / "py.typed").is_file()


def test_the_client_alone_is_small(alone: Installed) -> None:
    """Beside grpcio it takes less than 40 MB."""
    assert alone.bytes_beside("grpcio") < MOST_BYTES
