"""The pages that show commands, run as they stand."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.grpcurl import grpcurl
from e2e.page_shell import Outcome, PageShell
from e2e.server_process import COMMAND
from e2e.shown_output import ShownOutput
from e2e.walkthrough import PAGES, Command, Step, steps_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """What a person has who follows the page: the contract, the script that makes a folder, and nothing of the rest."""
    made = tmp_path / "tour"
    made.mkdir()
    for part in ("protos", "scripts/family_folder"):
        shutil.copytree(ROOT / part, made / part)
    yield made
    shutil.rmtree(made)  # large files


@pytest.fixture
def shell(folder: Path) -> PageShell:
    """A shell in which `emo`, `python` and `grpcurl` are those of this environment."""
    commands = folder / ".commands"
    commands.mkdir()
    (commands / "grpcurl").symlink_to(grpcurl())
    environment = {
        "PATH": os.pathsep.join((str(commands), str(Path(COMMAND).parent), os.environ["PATH"])),
        "EMO_CONFIG_DIR": str(folder / ".config"),
        "EMO_PASSWORD": "correct horse",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # people may have other plugins than we have, or none
        "TERM": "xterm",
    }
    return PageShell(folder, environment)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_does_what_the_page_shows(page: str, shell: PageShell, folder: Path) -> None:
    """In the order of the page, with exit codes and output; what is not run says why in the page itself."""
    steps = steps_of(ROOT / page)
    assert len(steps) > 5
    shown = ShownOutput()
    wrong = []
    for step, outcome in zip(steps, shell.run(steps), strict=True):
        wrong += [f"{page}:{step.line}: {found}" for found in _complaints(step, outcome, shown, shell)]
    assert not wrong, "\n".join([*wrong[:40], "", (folder / "server.log").read_text()[-2000:]])


def _complaints(step: Step, outcome: Outcome, shown: ShownOutput, shell: PageShell) -> list[str]:
    if not isinstance(step, Command):
        return [] if outcome.code == 0 else ["failed", *outcome.lines]
    if not step.is_compared:
        return []
    found = shown.differences(map(shell.local, step.output), outcome.lines)
    if (outcome.code != 0) != step.fails:
        found.append(f"{step.text}\n    exit code {outcome.code}")
    return found
