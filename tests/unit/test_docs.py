"""The pages that people read, against what they tell of."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from pydantic import SecretStr

import emo_grpc
from e2e.walkthrough import PAGES
from emo_grpc.settings import Settings
from emo_grpc.shared.domain.errors import EmoError
from emo_grpc.shared.domain.reasons import ErrorReason
from emo_grpc.shared.entrypoints.errors.wire import status_code

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)
TARGET = re.compile(r"`make ([a-z-]+)`")
REASON = re.compile(r"((?:  //.*\n)+)  ERROR_REASON_(\w+) = [1-9]\d*;")


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def rows_of(name: str, headings: str) -> list[list[str]]:
    """The cells of the table under these headings."""
    lines = text_of(name).splitlines()
    start = lines.index(headings) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def default_of(name: str) -> str:
    value = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in ("", (), None):
        return ""
    return f"`{value.value if isinstance(value, StrEnum) else value}`"


def test_the_readme_tells_of_every_setting_and_its_default() -> None:
    """In the same words as the code has them; what is generated in dev says so."""
    found = {cells[0].strip("`"): cells[1] for cells in rows_of("README.md", "| variable | by default | what it is |")}
    generated = ("jwt_secret_key", "data_key_encryption_key")
    assert found == {
        name.upper(): "made in dev" if name in generated else default_of(name) for name in Settings.model_fields
    }


def reasons_of_the_contract() -> Iterator[list[str]]:
    for comment, name in REASON.findall(text_of("protos/emo/errors/v1/errors.proto")):
        words = " ".join(line.strip().removeprefix("//").strip() for line in comment.strip().splitlines())
        code, _, meaning = words.partition(": ")
        yield [f"`{name}`", code, meaning[0].upper() + meaning[1:]]


def test_the_table_of_errors_says_what_the_contract_says() -> None:
    """Every reason, in the same order, with its status code, its meaning, and something to do about it."""
    rows = rows_of("docs/errors.md", "| reason | status | what it means | what to do |")
    assert [row[:3] for row in rows] == list(reasons_of_the_contract())
    assert all(row[3] for row in rows)


def all_errors() -> set[type[EmoError]]:
    for module in pkgutil.walk_packages(emo_grpc.__path__, "emo_grpc."):
        if module.name.endswith("errors"):
            importlib.import_module(module.name)
    found: set[type[EmoError]] = {EmoError}
    waiting = [EmoError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found.update(below)
        waiting += below
    return {kind for kind in found if kind.__module__.startswith("emo_grpc.")}


def test_the_status_codes_of_the_table_are_those_of_the_server() -> None:
    """What a reader branches on is what the server sends, for every error it can raise."""
    promised = {row[0].strip("`"): row[1] for row in reasons_of_the_contract()}
    sent = {
        (kind.reason.value, status_code(kind).name)
        for kind in all_errors()
        if kind is EmoError or kind.reason is not ErrorReason.INTERNAL
    }
    assert sent <= set(promised.items())
    assert {reason for reason, _ in sent} == set(promised)


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    """Files, folders, pictures and headings that a page points to are there."""
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if link.startswith("https://"):
            continue
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_program_on_a_page_is_run_by_a_test(page: Path) -> None:
    """A page with fences of commands or of Python is one of those that the end-to-end test runs."""
    has_any = re.search(r"^```(console|python|sh|bash)$", page.read_text(), re.MULTILINE) is not None
    assert not has_any or str(page.relative_to(ROOT)) in PAGES


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_on_a_page_exists(page: Path) -> None:
    """`make` knows what the pages tell people to make."""
    known = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert set(TARGET.findall(page.read_text())) <= known


def test_every_decision_is_in_the_index() -> None:
    """docs/adr/README.md names each record with the title that it has."""
    index = text_of("docs/adr/README.md")
    records = sorted(ROOT.glob("docs/adr/[0-9]*.md"))
    assert records
    for number, record in enumerate(records, 1):
        title = record.read_text().splitlines()[0].removeprefix("# ")
        assert title.startswith(f"{number:04}: ")
        assert f"[{title}]({record.name})" in index
