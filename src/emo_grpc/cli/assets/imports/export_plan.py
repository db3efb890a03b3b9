"""Plans the import of an export of emo."""

from functools import partial
from typing import Final

from emo.assets.v1.assets_pb2 import Asset
from emo_grpc.cli.assets.exports.export_format import (
    ASSETS,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    ExportManifest,
    ExportRecord,
    NoExport,
)
from emo_grpc.cli.assets.exports.targets import Summing
from emo_grpc.cli.assets.imports.plan import CannotImport, ImportPlan, Item
from emo_grpc.cli.assets.imports.record_lines import RecordLines, lines_of
from emo_grpc.cli.assets.imports.trees import Entry, Tree, entries_by_path
from emo_grpc.cli.assets.side_by_side import SMALL_BYTES
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
    return _Planning(tree).plan()


class _Planning:
    """Keeps of each asset where its file and its line are: what they say may be any number of bytes."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._plan = ImportPlan(failed=list(tree.contents.failed))
        self._entries = entries_by_path(tree.contents.entries)
        self._trashed = self._without = 0

    def plan(self) -> ImportPlan:
        manifest = self._manifest()
        for name, why in self._plan.failed:
            if name == ASSETS:
                raise Refusal(f"{ASSETS}: {why}", LOCAL)
        if not manifest.is_complete or ASSETS not in self._entries:
            raise Refusal("the export was broken off: run the same `emo export` again to end it", LOCAL)
        assets, summing = self._entries[ASSETS], Summing()
        # Small and large files are sent side by side, each kind in order: see `side_by_side`.
        self._small, self._large = RecordLines(self._tree, assets), RecordLines(self._tree, assets)
        for number, line in enumerate(lines_of(self._tree, assets, summing), start=1):
            self._take(number, line)
        if summing.sum != manifest.sums.get(ASSETS):
            raise Refusal(f"{ASSETS} is not what was exported: it was changed, or damaged", EXIT_CODES["DATA_LOSS"])
        self._note()
        return self._plan

    def _manifest(self) -> ExportManifest:
        try:
            return ExportManifest.from_bytes(self._tree.read(self._entries[MANIFEST]))
        except NoExport as error:
            raise Refusal(f"{MANIFEST}: {error}", EXIT_CODES["FAILED_PRECONDITION"]) from None

    def _take(self, number: int, line: bytes) -> None:
        try:
            record = ExportRecord.from_line(line)
        except NoExport as error:
            self._plan.fail(f"{ASSETS}:{number}", str(error))
            return
        is_trashed = record.asset.HasField("delete_time")
        self._trashed += is_trashed
        self._without += not record.path
        if record.path and not is_trashed:
            self._add(number, record)

    def _add(self, number: int, record: ExportRecord) -> None:
        entry = self._entries.pop(record.path, None)  # so that none is named twice
        if entry is None:
            self._plan.fail(record.path, "the export has no such file, or names it twice")
            return
        lines = self._small if entry.size < SMALL_BYTES else self._large
        crc32c = record.asset.file.crc32c if record.asset.file.HasField("crc32c") else None
        self._plan.items.append(Item(entry, partial(_described, lines, number, entry), crc32c))

    def _note(self) -> None:
        notes = (
            (self._trashed, "file was in the trash, and stays out", "files were in the trash, and stay out"),
            (self._without, "asset has no file in the export, and stays out",
             "assets have no file in the export, and stay out"),
        )  # fmt: skip
        self._plan.notes += [counted(count, one, many) for count, one, many in notes if count]


def _described(lines: RecordLines, number: int, entry: Entry) -> Asset:
    try:
        record = ExportRecord.from_line(lines.line(number))
    except NoExport as error:
        raise CannotImport(str(error)) from None
    if record.path != entry.name:
        raise CannotImport("what the export says of it was changed meanwhile")
    asset = record.asset
    for name in OUTPUT_ONLY:
        asset.ClearField(name)
    asset.file.ClearField("crc32c")
    return asset
