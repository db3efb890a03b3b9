"""Carries out `emo admin check`."""

import os
from typing import Final

from emo_grpc.cli.admin.engine_access import engine_failures
from emo_grpc.cli.failures import FAILED, Refusal
from emo_grpc.cli.server.serve import CONFIGURATION_EXIT
from emo_grpc.cli.terminal.printing import counted, print_error, print_json, print_rows
from emo_grpc.preflight.looking import Report, look_at_all
from emo_grpc.shared.service_layer.clock import utc_now

HEADINGS: Final = ("Check", "Result", "What", "To do")


def check_all(seconds: float, *, as_json: bool) -> None:
    """Print what is found. Raises Refusal if something fails."""
    with engine_failures():
        report = look_at_all(utc_now, seconds)
    rows = [(each.check.name, found) for each in report.checked for found in each.findings]
    if as_json:
        print_json([{"check": name, "result": f.result, "message": f.message, "hint": f.hint} for name, f in rows])
    else:
        print_rows(HEADINGS, [(name, f.result, f.message, f.hint) for name, f in rows])
    if report.failed:
        _end(report)


def _end(report: Report) -> None:
    sentence = f"{counted(report.failed, 'check', 'checks')} of {len(report.checked):,} failed"
    code = CONFIGURATION_EXIT if report.has_wrong_settings else FAILED
    if report.is_over:
        raise Refusal(sentence, code)
    print_error(sentence)
    os._exit(code)  # Python would wait for threads that may hang for ever
