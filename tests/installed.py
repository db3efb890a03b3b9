"""Environments that hold the wheel of this tree and what it asks for, and nothing else of the tests' environment."""

import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
NAME = "emo-grpc"
SCRIPT = """#!{python}
from emo_grpc.__main__ import main

main()
"""


class Installed:
    """A virtual environment as `pip install` would make it, without a network: of links to files of the tests' own."""

    def __init__(self, folder: Path, wheel: Path, *extras: str) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / "bin" / "python"
        self.packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        with zipfile.ZipFile(wheel) as files:
            files.extractall(self.packages)
        own = metadata.Distribution.at(next(self.packages.glob("emo_grpc-*.dist-info")))
        for name in closure(own, set(extras)):
            self._link(metadata.distribution(name))
        self.emo = folder / "bin" / "emo"
        self.emo.write_text(SCRIPT.format(python=self.python))
        self.emo.chmod(0o755)

    @property
    def command(self) -> tuple[str, ...]:
        """What stands for `emo`."""
        return (str(self.emo),)

    def output(self, *arguments: str) -> str:
        """What its Python prints, without the line's end."""
        done = subprocess.run([self.python, "-I", *arguments], check=True, capture_output=True, text=True)
        return done.stdout.removesuffix("\n")

    def bytes_beside(self, package: str) -> int:
        """How much is installed, but for this package, with the bytecode that pip writes."""
        subprocess.run([self.python, "-m", "compileall", "-q", self.packages], check=True, capture_output=True)
        left_out = {self.packages / str(file) for file in metadata.files(package) or ()}
        return sum(path.stat().st_size for path in self.packages.rglob("*") if path.is_file() and path not in left_out)

    def _link(self, distribution: metadata.Distribution) -> None:
        for file in distribution.files or ():
            target = self.packages / str(file)
            if ".." not in file.parts and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(Path(str(distribution.locate_file(file))).resolve())


def build_wheel(folder: Path) -> Path:
    """The wheel of this tree."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def closure(distribution: metadata.Distribution, extras: set[str]) -> set[str]:
    """The names of all that is installed with a distribution and these extras of it, but its own."""
    found: dict[str, set[str]] = {}
    waiting = [(NAME, extras)]
    while waiting:
        name, wanted = waiting.pop()
        if name in found and wanted <= found[name]:
            continue
        found[name] = found.get(name, set()) | wanted
        known = distribution if name == NAME else metadata.distribution(name)
        waiting += [(each.name.lower(), set(each.extras)) for each in _required(known, found[name])]
    return found.keys() - {NAME}


def _required(distribution: metadata.Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in distribution.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield requirement
