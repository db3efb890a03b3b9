"""Carries out `emo admin backups`."""

from typing import Final

from emo_grpc.backup.errors import BackupDamaged
from emo_grpc.backup.manifest import KEYS, Manifest
from emo_grpc.backup.opening import manifest_of
from emo_grpc.backup.places import open_place
from emo_grpc.cli.admin.backups.failures import backup_failures
from emo_grpc.cli.terminal.printing import print_error, print_json, print_rows, size_cell
from emo_grpc.settings import load_settings

HEADINGS: Final = ("Backup", "Made", "Files", "Size", "Keys")


async def list_backups(name: str, *, as_json: bool) -> None:
    """Print them, latest first. Raises Refusal, Unavailable."""
    found: list[Manifest] = []
    with backup_failures():
        async with open_place(name, load_settings(), changes=False) as place:
            for backup_id in reversed(await place.backup_ids()):
                try:
                    found.append(await manifest_of(place, backup_id))
                except BackupDamaged as error:
                    print_error(f"{backup_id} is damaged: {error}")
    if as_json:
        print_json([_content(manifest) for manifest in found])
    else:
        print_rows(HEADINGS, map(_row, found), right=("Files", "Size"))


def _row(manifest: Manifest) -> tuple[str, ...]:
    keys = "yes" if KEYS in manifest.sums else ""
    made = manifest.create_time.strftime("%Y-%m-%d %H:%M:%S UTC")
    return manifest.backup_id, made, str(manifest.file_count), size_cell(manifest.file_bytes), keys


def _content(manifest: Manifest) -> dict[str, object]:
    return {
        "backup_id": manifest.backup_id,
        "create_time": manifest.create_time.isoformat(),
        "emo_version": manifest.emo_version,
        "file_count": manifest.file_count,
        "file_bytes": manifest.file_bytes,
        "left_out": manifest.left_out,
        "with_keys": KEYS in manifest.sums,
    }
