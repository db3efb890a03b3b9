"""Fails when generated/ or docs/api.md is stale, or the contract breaks its rules or its promise to older clients."""

import filecmp
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.api_page.contract import Contract
from scripts.api_page.page import page_of
from scripts.compiler import BIN, PROTOS, ROOT, descriptor_set, protoc

GENERATED = ROOT / "generated" / "emo"
API_PAGE = ROOT / "docs" / "api.md"


def main() -> int:
    """Check everything, say what is wrong, and give the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        image = descriptor_set(PROTOS, Path(folder) / "set.binpb")
        complaints = [
            *stale_files(Path(folder)), *stale_page(image), *lint(image), *breaking(image, Path(folder))
        ]  # fmt: skip
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    sys.stdout.write(
        "" if complaints else "protos: generated/ and docs/api.md are fresh, the contract keeps its rules\n"
    )
    return 1 if complaints else 0


def stale_files(folder: Path) -> list[str]:
    """Files of generated/ that differ from what protoc makes now."""
    fresh = folder / "generated"
    fresh.mkdir()
    protoc(
        PROTOS,
        f"--python_out={fresh}",
        f"--grpc_python_out={fresh}",
        f"--mypy_out=quiet:{fresh}",
        f"--mypy_grpc_out=quiet,only_async:{fresh}",
    )
    protoc(PROTOS, "--include_imports", f"--descriptor_set_out={fresh / 'emo' / 'emo.binpb'}")
    (fresh / "emo" / "py.typed").touch()
    names = {path.relative_to(root) for root in (fresh / "emo", GENERATED) for path in sources(root)}
    return [
        f"generated/emo/{name} is stale: run `make protos`"
        for name in sorted(names)
        if not same(fresh / "emo" / name, GENERATED / name)
    ]


def stale_page(image: Path) -> list[str]:
    """Whether docs/api.md says something else than the contract."""
    is_fresh = API_PAGE.is_file() and API_PAGE.read_text(encoding="utf-8") == page_of(Contract.read(image))
    return [] if is_fresh else ["docs/api.md is stale: run `make protos`"]


def lint(image: Path) -> list[str]:
    """What `buf lint` finds in our own packages."""
    return buf("lint", str(image), "--path", "emo")


def breaking(image: Path, folder: Path) -> list[str]:
    """What would break clients of the last release, if there is one."""
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*")
    if tag is None:
        return []
    archive = subprocess.run(("git", "archive", tag, "protos"), cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(("tar", "-x", "-C", str(folder)), input=archive, check=True)
    old = descriptor_set(folder / "protos", folder / "old.binpb")
    return buf("breaking", str(image), "--against", str(old), "--path", "emo")


def buf(*arguments: str) -> list[str]:
    """The lines that buf complains with; none if it is content."""
    found = subprocess.run((str(BIN / "buf"), *arguments), cwd=ROOT, check=False, capture_output=True, text=True)
    return (found.stdout + found.stderr).splitlines() or ["buf failed"] if found.returncode else []


def git(*arguments: str) -> str | None:
    """The one line that git answers; None if it fails."""
    found = subprocess.run(("git", *arguments), cwd=ROOT, check=False, capture_output=True, text=True)
    return found.stdout.strip() if found.returncode == 0 else None


def sources(root: Path) -> list[Path]:
    """All files but compiled ones."""
    return [path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def same(one: Path, other: Path) -> bool:
    """Whether both are there with the same bytes."""
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


if __name__ == "__main__":
    sys.exit(main())
