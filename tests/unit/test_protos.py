"""Where the contract lies, for other tools."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from attacks.methods import FILES
from emo_grpc import protos

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("emo/assets/v1/assets.proto", "google/rpc/status.proto", "google/rpc/error_details.proto")


def test_protoc_finds_the_contract_and_what_errors_carry(tmp_path: Path) -> None:
    """What is printed is all that -I needs."""
    found = subprocess.run(
        [sys.executable, "-m", "emo_grpc.protos"], check=True, capture_output=True, text=True
    ).stdout.strip()
    options = [f"-I{found}", f"--descriptor_set_out={tmp_path / 'set'}", *NEEDED]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *options], check=True)
    made = FileDescriptorSet.FromString((tmp_path / "set").read_bytes())
    assert sorted(file.name for file in made.file) == sorted(NEEDED)


def test_the_descriptor_set_is_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It has every file of the contract, and everything that these import."""
    monkeypatch.setattr("sys.argv", ["protos", "--descriptor-set"])
    protos.main()
    made = FileDescriptorSet.FromString(Path(capsys.readouterr().out.strip()).read_bytes())
    names = {file.name for file in made.file}
    assert {file.name for file in FILES} <= names
    assert {imported for file in made.file for imported in file.dependency} <= names


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel that was taken apart has no contract to point to."""
    monkeypatch.setattr(protos, "CHECKOUT", Path("/nowhere"))
    monkeypatch.setattr(protos, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="emo is not installed"):
        protos.include_path()
