"""Carries out `emo admin restore`."""

from emo_grpc.backup.file_transfer import THREADS
from emo_grpc.backup.keys_file import settings_for
from emo_grpc.backup.manifest import Manifest
from emo_grpc.backup.opening import manifest_of
from emo_grpc.backup.places import open_place
from emo_grpc.backup.report import TransferReport
from emo_grpc.backup.restoring import Restore
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import FilledSettings
from emo_grpc.cli.admin.audit.audited_command import audited_command
from emo_grpc.cli.admin.backups.failures import backup_failures, refuse_left_out
from emo_grpc.cli.terminal.printing import counted, print_line, size_text
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.hosting.allocator import settle_allocator
from emo_grpc.settings import Settings, load_settings
from emo_grpc.shared.adapters.started_threads import started_threads


async def restore_backup(name: str, backup_id: str | None, command: str) -> None:
    """Restore; what is restored then gets the entry of the `command`. Raises Refusal, EmoError, CannotStart."""
    settle_allocator()
    settings = load_settings()
    with backup_failures():
        async with open_place(name, settings, changes=False) as place:
            manifest = await manifest_of(place, backup_id)
            filled = await settings_for(settings, place, manifest)
            with (
                ProgressBars() as bars,
                bars.bar("restoring", None) as bar,
                started_threads(THREADS, "restore") as threads,
            ):
                report = await Restore(filled.settings, place, manifest, threads, bar).run()
        async with open_engines(filled.settings) as engines, audited_command(engines, command):
            pass
    _print_restored(manifest, report, filled, settings)
    refuse_left_out(report.left_out, "all else is restored")


def _print_restored(manifest: Manifest, report: TransferReport, filled: FilledSettings, settings: Settings) -> None:
    files = counted(report.copied + report.present, "file", "files")
    where = "the engines of the settings" if settings.has_shared_metadata else str(settings.data_folder)
    print_line(f"Backup {manifest.backup_id} is restored to {where}: {files} ({size_text(manifest.file_bytes)}).")
    if filled.generated:
        print_line(f"The keys are in {filled.path}: {', '.join(filled.generated)}.")
