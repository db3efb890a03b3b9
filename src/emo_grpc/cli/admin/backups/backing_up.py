"""Carries out `emo admin backup`."""

from contextlib import aclosing

from emo_grpc.backup.file_transfer import THREADS
from emo_grpc.backup.manifest import Manifest
from emo_grpc.backup.opening import manifest_of
from emo_grpc.backup.place import BackupPlace
from emo_grpc.backup.places import open_place
from emo_grpc.backup.proof import BackupProof
from emo_grpc.backup.report import TransferReport
from emo_grpc.backup.retention import prune
from emo_grpc.backup.taking import Backup
from emo_grpc.bootstrap.blob_storage import open_blob_storage
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.cli.admin.backups.failures import backup_failures, refuse_left_out
from emo_grpc.cli.admin.storage.finding_formats import broken_file
from emo_grpc.cli.admin.storage.findings import Findings
from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.cli.terminal.printing import counted, print_error, print_line, size_text
from emo_grpc.cli.terminal.progress_bars import ProgressBars
from emo_grpc.hosting.allocator import settle_allocator
from emo_grpc.shared.adapters.started_threads import started_threads


async def take_and_prove(name: str, engines: Engines, *, verify: bool, keep: int | None, with_keys: bool) -> None:
    """Make a backup, then prove it and remove old ones if asked to. Raises Refusal if something is damaged."""
    settle_allocator()
    with backup_failures():
        async with open_place(name, engines.settings, changes=True) as place:
            manifest, report = await _taken(engines, place, with_keys=with_keys)
            _print_taken(manifest, report, name)
            refuse_left_out(report.left_out, "all else is in the backup, and no older one was removed")
            if verify:
                await _prove(engines, place, manifest)
            if keep is not None:
                gone = await prune(place, keep, engines.clock())
                print_line(f"{counted(gone, 'older backup was', 'older backups were')} removed.")


async def prove_backup(name: str, backup_id: str | None, engines: Engines) -> None:
    """Prove a backup that is there. Raises Refusal if it is damaged."""
    settle_allocator()
    with backup_failures():
        async with open_place(name, engines.settings, changes=False) as place:
            await _prove(engines, place, await manifest_of(place, backup_id))


async def _taken(engines: Engines, place: BackupPlace, *, with_keys: bool) -> tuple[Manifest, TransferReport]:
    async with open_blob_storage(engines.settings, engines.clock, retries_start=False) as files:
        with (
            ProgressBars() as bars,
            bars.bar("backing up", None) as bar,
            started_threads(THREADS, "backup") as threads,
        ):
            return await Backup(engines, files.blobs, place, threads, bar).take(with_keys=with_keys)


async def _prove(engines: Engines, place: BackupPlace, manifest: Manifest) -> None:
    count = 0
    with (
        Findings(as_json=False) as findings,
        ProgressBars() as bars,
        bars.bar("verifying", None) as bar,
        started_threads(THREADS, "backup") as threads,
    ):
        proof = BackupProof(engines, place, threads, bar)
        async with aclosing(proof.broken_files(manifest)) as broken_files:
            async for broken in broken_files:
                count += 1
                findings.add(broken_file(broken))
    if count:
        problems = counted(count, "file is", "files are")
        raise Refusal(f"{problems} damaged in the backup {manifest.backup_id}", EXIT_CODES["DATA_LOSS"])
    await proof.note(manifest)
    print_line(f"{counted(manifest.file_count, 'file', 'files')} can be opened in the backup {manifest.backup_id}.")


def _print_taken(manifest: Manifest, report: TransferReport, name: str) -> None:
    files = counted(manifest.file_count, "file", "files")
    new = f"{report.copied} new ({size_text(report.copied_bytes)})"
    print_line(f"Backup {manifest.backup_id} is in {name}: {files} ({size_text(manifest.file_bytes)}), {new}.")
    if report.deleted:
        deleted = counted(report.deleted, "asset was", "assets were")
        print_error(f"{deleted} deleted meanwhile, so they are not in the backup")
