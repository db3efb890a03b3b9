"""Where the contract lies, for protoc and its like: `python -m emo_grpc.protos`."""

import argparse
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2] / "protos"
"""A wheel has the files beside the stubs that are made of them; in a checkout they have a folder of their own, and what
an editable installation has copied of that may be old."""
EXAMPLE: Final = Path("emo", "options", "v1", "options.proto")
DESCRIPTOR_SET: Final = "emo.binpb"


def include_path() -> tuple[Path, ...]:
    """The folders for protoc's -I: with emo/ and, perhaps the same, with google/rpc/, whose messages errors carry.

    Raises FileNotFoundError.
    """
    own = (folder for folder in (CHECKOUT, *_parents_of("emo")) if (folder / EXAMPLE).is_file())
    errors = (folder for folder in _parents_of("google") if (folder / "google" / "rpc" / "status.proto").is_file())
    return tuple(dict.fromkeys((_first(own, "emo"), _first(errors, "google/rpc"))))


def descriptor_set() -> Path:
    """A file with a google.protobuf.FileDescriptorSet of the whole contract and what it imports.

    Raises FileNotFoundError.
    """
    found = (folder / "emo" / DESCRIPTOR_SET for folder in _parents_of("emo"))
    return _first((path for path in found if path.is_file()), DESCRIPTOR_SET)


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m emo_grpc.protos",
        description="Print the folders with the .proto files of emo and of google.rpc, as protoc's -I takes them.",
    )
    parser.add_argument("--descriptor-set", action="store_true", help="print the path of a descriptor set instead")
    wants_set = parser.parse_args().descriptor_set
    found = str(descriptor_set()) if wants_set else os.pathsep.join(map(str, include_path()))
    sys.stdout.write(f"{found}\n")


def _parents_of(package: str) -> Iterator[Path]:
    """The folders in which this package has a part; both are namespace packages (PEP 420)."""
    spec = find_spec(package)
    for place in spec.submodule_search_locations or () if spec else ():
        yield Path(place).parent


def _first(found: Iterator[Path], name: str) -> Path:
    for path in found:
        return path
    raise FileNotFoundError(f"{name} is not installed")


if __name__ == "__main__":
    main()
