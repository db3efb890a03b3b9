"""Installs packages into an environment, with uv where there is one, and says how far it is.

Called as `install.py PYTHON ARGUMENT…`. The arguments are those of `pip install`, as far as uv has them, too.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

COLLECTING = re.compile(r"(?:Collecting|Processing) (\S+)")
LOCKED = re.compile(r"^[a-z0-9][\w.-]*==[^\s;]+(?: ; (.*?))?(?: \\)?$", re.MULTILINE)
"""A package of a lock file, with the marker that says where it is needed, if there is one."""
CLAUSE = re.compile(r"(\w+) ([!=]=) '([^']*)'")
HERE = {"sys_platform": sys.platform, "implementation_name": sys.implementation.name}


def main(python: str, *arguments: str) -> int:
    """Install, and give the exit code. What uv can't do, such as reading pip's settings, pip may."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv and subprocess.run([uv, "pip", "install", "--python", python, *arguments], check=False).returncode == 0:
        return 0
    return with_pip(python, arguments)


def with_pip(python: str, arguments: Sequence[str]) -> int:
    """Install with pip, and count the packages that it has come to."""
    total = sum(map(count_of, files_of(arguments)))
    # Bytecode is written as modules are imported, most of which never are.
    command = [python, "-m", "pip", "install", "--no-compile", "--disable-pip-version-check", *arguments]
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        for line in running.stdout or ():
            said.append(line)
            found = COLLECTING.match(line)
            if found:
                show(len([each for each in said if COLLECTING.match(each)]), total, found[1])
            elif line.startswith("Installing"):
                sys.stdout.write(f"{clear()}Installing them …\n")
    sys.stdout.write("" if running.returncode == 0 else "".join(said))
    return running.returncode


def files_of(arguments: Sequence[str]) -> list[str]:
    """The files with packages to be installed."""
    return [name for option, name in pairwise(arguments) if option == "-r"]


def count_of(file: str) -> int:
    """How many packages of a lock file this machine needs; one with a marker that is not known here counts."""
    return sum(map(is_needed, LOCKED.findall(Path(file).read_text(encoding="utf-8"))))


def is_needed(marker: str) -> bool:
    """Whether a marker of clauses joined by `and` (PEP 508) holds, as far as they are known here."""
    clauses = ((HERE.get(name), operator, value) for name, operator, value in CLAUSE.findall(marker))
    return all(mine is None or (mine == value) == (operator == "==") for mine, operator, value in clauses)


def show(count: int, total: int, name: str) -> None:
    """One line a package, or one that changes at a terminal."""
    name = re.sub(r"-\d.*", "", Path(name).name)  # of a file, too
    of = f" of {total}" if total else ""
    sys.stdout.write(f"{clear()}  {count}{of}: {name}{'' if sys.stdout.isatty() else chr(10)}")
    sys.stdout.flush()


def clear() -> str:
    """What begins a line anew at a terminal."""
    return "\r\x1b[K" if sys.stdout.isatty() else ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
