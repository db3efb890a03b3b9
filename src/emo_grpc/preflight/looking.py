"""Looks at all that a server needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emo_grpc.preflight.finding import Check, Finding, Result, fail, ok
from emo_grpc.preflight.plan import Plan
from emo_grpc.preflight.running import Checked, run_checks
from emo_grpc.settings import Complaint, InvalidSettings, Settings, load_settings, load_sound_settings
from emo_grpc.settings.names import ESCAPE
from emo_grpc.shared.service_layer.clock import Clock

HINT: Final = ".env.example explains every setting"


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found, in order. `has_wrong_settings`: a start would end with that."""

    checked: Sequence[Checked]
    has_wrong_settings: bool

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(any(found.result is Result.FAIL for found in each.findings) for each in self.checked)

    @property
    def is_over(self) -> bool:
        """Whether every check came to its end."""
        return all(each.is_over for each in self.checked)


def look_at_all(clock: Clock, seconds: float) -> Report:
    """Load the settings and try what they say, for `seconds` at most. Starts nothing, and takes no lock."""
    try:
        settings = load_settings()
    except InvalidSettings as error:
        return _with_wrong_settings(error, clock, seconds)
    of_settings = _check([ok(f"all are right; ENVIRONMENT is {settings.environment}")])
    checks = [of_settings, *Plan(settings, (), clock, seconds).checks()]
    return Report(run_checks(checks, seconds), has_wrong_settings=False)


def _with_wrong_settings(error: InvalidSettings, clock: Clock, seconds: float) -> Report:
    found = [_finding(each) for each in error.complaints if each.variable != ESCAPE] or [fail(str(error), HINT)]
    wrong = {each.variable for each in error.complaints}
    sound = load_sound_settings(wrong) if wrong else None
    others = [] if sound is None else Plan(sound, wrong, clock, seconds).checks()
    return Report(run_checks([_check(found), *others], seconds), has_wrong_settings=True)


def _finding(complaint: Complaint) -> Finding:
    is_known = complaint.variable.lower() in Settings.model_fields
    hint = HINT if is_known else f"correct the name, or put it into {ESCAPE} if it belongs to another program"
    return fail(f"{complaint.variable}: {complaint.sentence}", hint)


def _check(found: Sequence[Finding]) -> Check:
    return Check("settings", lambda: found)
