"""The extras of the distribution, against what the code takes for them."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from emo_grpc.extras import MODULES, Extra, is_missing

ROOT = Path(__file__).resolve().parents[2]
ABSENT_SOMEWHERE = {"uvloop"}


def declared() -> dict[str, list[str]]:
    """The extras as pyproject.toml has them."""
    extras: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    return extras


def normalized(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+(\[[\w,]+\])?", requirement)
    assert found
    return found[0]


@pytest.mark.parametrize("extra", Extra)
def test_the_code_looks_for_what_the_extra_brings(extra: Extra) -> None:
    """No package of an extra is left out, and none is looked for that it does not bring."""
    brought = {name_of(each) for each in declared()[extra]} - {"emo-grpc[server]"} - ABSENT_SOMEWHERE
    known = packages_distributions()
    found = {module: {normalized(name) for name in known[module.partition(".")[0]]} for module in MODULES[extra]}
    assert len(found) == len(brought)
    assert brought <= set().union(*found.values())
    assert all(names & brought for names in found.values())


def test_all_brings_all() -> None:
    """`emo-grpc[all]` leaves no extra out, and the developers' one has all of them."""
    assert declared()["all"] == [f"emo-grpc[{','.join(sorted(Extra))}]"]
    assert "emo-grpc[all]" in declared()["run"]
    assert "emo-grpc[run]" in declared()["dev"]


def test_what_is_run_is_what_is_tested() -> None:
    """`make run-dev` installs the versions, and accepts only the files, that the tests are run with."""
    run, tested = (pins(name) for name in ("requirements-run.lock", "requirements.lock"))
    assert run.items() <= tested.items()
    needed = {name_of(each) for extra in Extra for each in declared()[extra]} - {"emo-grpc[server]"}
    assert needed <= run.keys()


def pins(name: str) -> dict[str, tuple[str, ...]]:
    """The version and the hashes of each package that a file locks."""
    found = re.findall(r"^([\w.-]+)(==.+?)\n(?=\S|    #|\Z)", (ROOT / name).read_text(), re.MULTILINE | re.DOTALL)
    return {package: (*version.split(),) for package, version in found}


def test_an_extra_is_missing_when_one_of_its_packages_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of an extra is none; here are all."""
    assert not any(map(is_missing, Extra))
    monkeypatch.setattr("emo_grpc.extras.MODULES", {Extra.OTEL: ("sys", "no_such_package.sdk")})
    assert is_missing(Extra.OTEL)
