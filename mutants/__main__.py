"""`python -m mutants`: see CONTRIBUTING."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from rich.console import Console
from rich.progress import Progress

from mutants.evidence import Evidence, gather
from mutants.mutant import Mutant
from mutants.noticed import Noticed
from mutants.page import noticed, page
from mutants.plan import Plan
from mutants.trial import Bench, Outcome, Verdict

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "emo_grpc"
PAGE = ROOT / "docs" / "mutants.md"
PROCESSES = min(5, 2 + (os.cpu_count() or 1))
"""Two more than cores, for many tests wait for a disk or a clock."""


def main() -> int:
    """Try them, say which went unnoticed, write the page, and give the exit code."""
    options, plan, begin, console = _options(), Plan.read(), time.monotonic(), Console()
    everything = plan.everything(SRC)
    chosen = everything if options.which == "all" else plan.sample(everything)
    if options.only:
        chosen = [mutant for mutant in everything if options.only in mutant.key]
    with _folder(options.evidence) as folder:
        if options.again or not (folder / "seconds.json").exists():
            gather(folder, ROOT, options.again or plan.tests, PROCESSES)
        verdicts = _verdicts(chosen, Evidence(folder, SRC, plan.looking), Noticed(folder / "noticed.json"), console)
    if not options.only:
        PAGE.write_text(page(verdicts, len(everything), plan.survivors, _commit()), encoding="utf-8")
    unexplained = [
        verdict.mutant.key
        for verdict in verdicts
        if verdict.outcome is Outcome.SURVIVED and verdict.mutant.key not in plan.survivors
    ]
    for key in unexplained:
        console.print(f"unexplained: {key}", markup=False, soft_wrap=True)
    minutes = (time.monotonic() - begin) / 60
    console.print(f"{noticed(verdicts):.1%} of {len(verdicts)} noticed, in {minutes:.0f} minutes")
    return 1 if unexplained or noticed(verdicts) < plan.wanted else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description="Break the code, and see whether a test notices.")
    parser.add_argument("which", nargs="?", choices=("sample", "all"), default="sample")
    parser.add_argument("--only", help="mutants whose line on the page has this text; writes no page")
    parser.add_argument("--evidence", type=Path, help="a folder of what was found: only survivors are tried again")
    parser.add_argument("--again", nargs="+", help="tests that are new since the evidence was gathered")
    return parser.parse_args()


def _commit() -> str:
    """What is checked out, and whether it was edited since."""
    described = ["git", "describe", "--always", "--exclude=*", "--dirty=, edited"]
    return subprocess.run(described, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            yield Path(folder)
    else:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()


def _verdicts(chosen: list[Mutant], evidence: Evidence, before: Noticed, console: Console) -> list[Verdict]:
    """In the order of the mutants."""
    known = before.verdicts(chosen)
    left = [mutant for mutant in chosen if mutant not in known]
    for verdict in _tried(left, evidence, console):
        before.add(verdict)
        known[verdict.mutant] = verdict
    return [known[mutant] for mutant in chosen]


def _tried(mutants: list[Mutant], evidence: Evidence, console: Console) -> Iterator[Verdict]:
    """As they come."""
    asked = {mutant: evidence.tests(mutant) for mutant in mutants}
    benches: SimpleQueue[Bench] = SimpleQueue()

    def try_out(mutant: Mutant) -> Verdict:
        bench = benches.get()
        try:
            return bench.try_out(mutant, asked[mutant], evidence.seconds(asked[mutant]))
        finally:
            benches.put(bench)

    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as folder,
        ThreadPoolExecutor(PROCESSES) as pool,
        Progress(console=console) as progress,
    ):
        for number in range(PROCESSES):
            benches.put(Bench(Path(folder) / str(number), ROOT))
        for trial in progress.track(as_completed([pool.submit(try_out, mutant) for mutant in mutants]), len(mutants)):
            verdict = trial.result()
            if verdict.outcome is not Outcome.NOTICED:
                progress.print(f"{verdict.outcome.value}: {verdict.mutant.key}", markup=False, soft_wrap=True)
            yield verdict


if __name__ == "__main__":
    sys.exit(main())
