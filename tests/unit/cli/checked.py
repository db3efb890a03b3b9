"""What `emo admin check` finds."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from emo_grpc.preflight import room
from emo_grpc.settings import Settings
from survival.small_disk import SIZE
from unit.cli.conftest import admin

PATIENCE = "100"
"""Seconds for each check: a machine may be busy."""
LONG = 8
"""Letters: shorter ones are words by which these tests call other things, too."""


@dataclass(frozen=True)
class Checked:
    """Its exit code, and by the name of a check its rows: result, what is so, what to do."""

    exit_code: int
    rows: dict[str, list[tuple[str, str, str]]]
    error: str

    @property
    def bad(self) -> dict[str, list[tuple[str, str]]]:
        """Those that are not ok, without what to do."""
        found = {name: [row[:2] for row in rows if row[0] != "ok"] for name, rows in self.rows.items()}
        return {name: rows for name, rows in found.items() if rows}


def forget_settings(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    """Leave none but DATA_FOLDER, which is not there yet; how full the disk under the tests is decides nothing."""
    monkeypatch.setattr(room, "SCARCE", 2 * SIZE)
    for name in Settings.model_fields:
        if name != "data_folder":
            monkeypatch.delenv(name.upper(), raising=False)
    assert not data_folder.exists()


def check() -> Checked:
    """Run it on the settings of the environment; none of their secrets may be in what it prints."""
    done = admin("check", "--json", "--timeout", PATIENCE)
    assert not [secret for secret in _secrets() if secret in done.output]
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for row in json.loads(done.stdout):
        rows.setdefault(row["check"], []).append((row["result"], row["message"], row["hint"]))
    return Checked(done.exit_code, rows, done.stderr or str(done.exception or ""))


def _secrets() -> list[str]:
    fields = [name for name, field in Settings.model_fields.items() if isinstance(field.default, SecretStr)]
    given = [os.environ.get(name.upper(), "") for name in fields]
    return [secret for secret in (*given, *(url.split("@")[0] for url in given)) if len(secret) > LONG]
