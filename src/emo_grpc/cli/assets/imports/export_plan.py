"""Plans the import of an export of emo."""

import io
from collections.abc import Iterator
from functools import partial
from typing import Final

import google_crc32c

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.exports.export_format import (
    ASSETS,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    MAX_RECORD_BYTES,
    ExportManifest,
    ExportRecord,
    FileSum,
    NoExport,
)
from emo_grpc.cli.assets.imports.plan import CannotImport, ImportPlan, Item
from emo_grpc.cli.assets.imports.trees import Entry, Tree, entries_by_path
from emo_grpc.cli.failures import EXIT_CODES, LOCAL, Refusal
from emo_grpc.cli.terminal.printing import counted

OUTPUT_ONLY: Final = (
    "asset_id", "state", "owner_ids", "create_time", "update_time", "etag", "delete_time", "purge_time"
)  # fmt: skip
"""Fields of Asset that the server sets."""


def is_export(tree: Tree) -> bool:
    """Whether a tree says of itself that it is an export of emo; raises OSError."""
    manifest = entries_by_path(tree.contents.entries).get(MANIFEST)
    if manifest is None or manifest.size > MAX_MANIFEST_BYTES:
        return False
    return b'"emo-export"' in tree.read(manifest)


def plan_export(tree: Tree) -> ImportPlan:
    """All assets of an export whose files are in it. Blocking. Raises Refusal, OSError."""
    entries = entries_by_path(tree.contents.entries)
    try:
        manifest = ExportManifest.from_bytes(tree.read(entries[MANIFEST]))
    except NoExport as error:
        raise Refusal(f"{MANIFEST}: {error}", EXIT_CODES["FAILED_PRECONDITION"]) from None
    if not manifest.is_complete or ASSETS not in entries:
        raise Refusal("the export was broken off: run the same `emo export` again to end it", LOCAL)
    plan = ImportPlan(failed=list(tree.contents.failed))
    data = tree.read(entries[ASSETS])
    if FileSum(len(data), google_crc32c.value(data)) != manifest.sums.get(ASSETS):
        raise Refusal(f"{ASSETS} is not what was exported: it was changed, or damaged", EXIT_CODES["DATA_LOSS"])
    trashed = without = 0
    for number, line in enumerate(_lines(data), start=1):
        try:
            record = ExportRecord.from_line(line)
        except NoExport as error:
            plan.failed.append((f"{ASSETS}:{number}", str(error)))
            continue
        trashed += record.asset.HasField("delete_time")
        without += not record.path
        if record.path and not record.asset.HasField("delete_time"):
            _add(plan, entries.get(record.path), record)
    if trashed:
        plan.notes.append(
            counted(trashed, "file was in the trash, and stays out", "files were in the trash, and stay out")
        )
    if without:
        one, many = "asset has no file in the export, and stays out", "assets have no file in the export, and stay out"
        plan.notes.append(counted(without, one, many))
    return plan


def _lines(data: bytes) -> Iterator[bytes]:
    stream = io.BytesIO(data)
    while line := stream.readline(MAX_RECORD_BYTES):
        yield line


def _add(plan: ImportPlan, entry: Entry | None, record: ExportRecord) -> None:
    if entry is None:
        plan.failed.append((record.path, "it is not in the export, which says that it is"))
        return
    line = record.to_line()  # which takes less memory than the message
    crc32c = record.asset.file.crc32c if record.asset.file.HasField("crc32c") else None
    plan.items.append(Item(entry, partial(_described, line), crc32c))


def _described(line: bytes) -> Asset:
    try:
        asset = ExportRecord.from_line(line).asset
    except NoExport as error:
        raise CannotImport(str(error)) from None
    for name in OUTPUT_ONLY:
        asset.ClearField(name)
    asset.file.ClearField("crc32c")
    return asset
