"""Carries out `emo admin move`."""

from typing import Final

import typer

from emo_grpc.bootstrap.secrets import FilledSettings
from emo_grpc.cli.admin.storage.finding_formats import damages_text
from emo_grpc.cli.failures import EXIT_CODES, FAILED, NO_HINT, Refusal
from emo_grpc.cli.terminal.printing import counted, print_error, print_line, print_rows, size_cell
from emo_grpc.cli.terminal.progress_bars import Bar, ProgressBars
from emo_grpc.migration.report import MigrationRefused, MigrationReport
from emo_grpc.migration.run import migrate
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import Unavailable

HEADINGS: Final = ("", "Moved", "There already", "Removed there")
MAX_NAMED: Final = 20
"""At most so many things are named that could not be moved."""

PLAIN: Final = ("mongodb_database", "asset_s3_bucket", "asset_s3_url", "asset_s3_region")
SECRET: Final = (
    "mongodb_url",
    "asset_s3_access",
    "asset_s3_secret",
    "jwt_secret_key",
    "jwt_secret_keys_retired",
    "data_key_encryption_key",
    "data_key_encryption_keys_retired",
)
"""What the new servers need of the settings; a URL may have a password in it."""


async def move_all(settings: Settings) -> None:
    """Move; ends with an exit code if something could not be moved. Raises Refusal when it can't go on."""
    with ProgressBars() as bars, bars.bar("moving", None) as bar:
        report, filled = await _moved(settings, bar)
    _print_tallies(report)
    if report.not_migrated:
        _print_not_moved(report)
        raise typer.Exit(EXIT_CODES["DATA_LOSS"])
    _print_settings(settings, filled)


async def _moved(settings: Settings, bar: Bar) -> tuple[MigrationReport, FilledSettings]:
    try:
        return await migrate(settings, bar)
    except MigrationRefused as error:
        raise Refusal(str(error), EXIT_CODES["FAILED_PRECONDITION"]) from error
    except Unavailable as error:
        hint = "run the same command again to go on" if bar.has_begun else f"nothing was moved: {NO_HINT}"
        raise Refusal(f"{error.message}; {hint}", EXIT_CODES["UNAVAILABLE"]) from error
    except UnknownSchemaVersion as error:
        raise Refusal(str(error), FAILED) from error


def _print_tallies(report: MigrationReport) -> None:
    rows = [
        (name, str(tally.migrated), str(tally.present), str(tally.removed)) for name, tally in report.tallies.items()
    ]
    print_rows(HEADINGS, [*rows, ("bytes", size_cell(report.migrated_bytes), "", "")], right=HEADINGS[1:])


def _print_not_moved(report: MigrationReport) -> None:
    for found in report.not_migrated[:MAX_NAMED]:
        what = f"{found.sentence}: {damages_text(found.damages)}" if found.damages else found.sentence
        print_error(f"{found.noun} {found.item_id} is not moved: {what}")
    left = counted(len(report.not_migrated), "thing is", "things are")
    print_error(
        f"{left} not moved, all others are. Restore what is left from a backup or delete it, and run the same command"
        " again"
    )


def _print_settings(settings: Settings, filled: FilledSettings) -> None:
    """What the new servers need; secrets only by their names."""
    plain = [f"{name.upper()}={getattr(settings, name)}" for name in PLAIN if getattr(settings, name)]
    secret = [name.upper() for name in SECRET if getattr(settings, name)]
    print_line(f"The new servers need these settings: {', '.join(plain)};")
    print_line(f"as they were for this command: {', '.join(secret)}{';' if filled.generated else '.'}")
    if filled.generated:
        print_line(f"as they are in {filled.path}: {', '.join(filled.generated)}.")
