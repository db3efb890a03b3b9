import ast
from pathlib import Path

import pytest
from mutants.places import mutants_of
from mutants.plan import Plan

SRC = Path(__file__).parents[2] / "src" / "emo_grpc"

BROKEN = {
    "bound": ("a = 1 < b <= c", ["a = 1 <= b <= c", "a = 1 < b < c"]),
    "condition": ("if a(): b = not c", ["if (not (a())): b = not c", "if a(): b = (c)"]),
    "connective": ("a = b and c", ["a = (b or c)"]),
    "number": ("A: Literal[1] = 7 << 20", ["A: Literal[1] = 8 << 20", "A: Literal[1] = 7 << 21"]),
    "arithmetic": ("a = b + c\na += 'd' + e", ["a = (b - c)\na += 'd' + e"]),
    "truth": ("@a(True)\nclass A:\n  b = field(repr=False)", ["@a(True)\nclass A:\n  b = field(repr=True)"]),
    "left out": (
        "log.info(f(1))\nawait a()\nraise b",
        ["log.info(f(1))\npass\nraise b", "log.info(f(1))\nawait a()\npass"],
    ),
    "order": ("if a:\n  b('ä')\n  c()\n  d = e()", ["if a:\n  c()\n  b('ä')\n  d = e()"]),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_breaks_one_place_at_a_time(rule: str, tmp_path: Path) -> None:
    """A rule makes just the faults that it says, and changes nothing else in the file."""
    sound, broken = BROKEN[rule]
    (tmp_path / "a.py").write_text(sound, encoding="utf-8")
    made = [mutant for mutant in mutants_of("a.py", tmp_path) if mutant.rule == rule]
    assert [mutant.applied_to(sound.encode()).decode() for mutant in made] == broken


def test_every_mutant_is_python_and_known_by_its_name() -> None:
    """Nothing is noticed only because it can't be read, and each mutant has a key of its own."""
    plan = Plan.read()
    everything = plan.everything(SRC)
    for mutant in plan.sample(everything):
        ast.parse(mutant.applied_to((SRC / mutant.path).read_bytes()))
    assert len({mutant.key for mutant in everything}) == len(everything)


def test_the_plan_is_of_this_code() -> None:
    """Faults of our own list stand in the code, each file has a mutant, and no sentence is about one that is gone."""
    plan = Plan.read()
    everything = plan.everything(SRC)
    sample = plan.sample(everything)
    assert {mutant.path for mutant in sample} == {mutant.path for mutant in everything}
    assert plan.survivors.keys() <= {mutant.key for mutant in everything}
