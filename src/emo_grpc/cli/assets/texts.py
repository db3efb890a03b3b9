"""Prints assets."""

from collections.abc import Sequence
from typing import Final

from emo.assets.v1.assets_pb2 import ASSET_STATE_READY, Asset, AssetKind, GetAssetStatsResponse, SearchResult
from emo_grpc.cli.assets.event_dates import event_text, short_event_text
from emo_grpc.cli.terminal.message_texts import as_dict, enum_text, time_text
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import (
    print_facts,
    print_json,
    print_line,
    print_rows,
    print_tabbed,
    size_cell,
    size_text,
)

ASSET_HEADINGS: Final = ("ID", "Title", "Folder", "Date", "Type", "Size", "Created", "Tags", "")
IN_A_PIPE: Final = ("ID", "Title", "Type", "Size", "Created", "Tags", "", "Folder", "Date")
"""What came later stands last, where scripts count."""
FOUND_IN: Final = "Found in"
OTHER_NAMES: Final = {"location": "place", "file.name": "file"}
"""What people call fields of the contract."""

NEARLY_FULL: Final = 0.8


def print_assets(assets: Sequence[Asset], *, as_json: bool) -> None:
    """Print what `emo ls` lists."""
    if as_json:
        print_json([as_dict(asset) for asset in assets])
    else:
        headings = _headings()
        rows = ([row[heading] for heading in headings] for row in map(_row, assets))
        print_rows(headings, rows, right=("Size",), short=True)


def print_results(results: Sequence[SearchResult], *, as_json: bool) -> None:
    """Print what `emo search` finds."""
    if as_json:
        print_json([as_dict(result) for result in results])
    else:
        headings = (*_headings(), FOUND_IN)
        rows = ([_result_row(result)[heading] for heading in headings] for result in results)
        print_rows(headings, rows, right=("Size",), short=True)


def print_asset(asset: Asset, *, as_json: bool) -> None:
    """Print what `emo show` shows."""
    if as_json:
        print_json(as_dict(asset))
    else:
        print_facts(_facts(asset))


def print_stats(stats: GetAssetStatsResponse, *, as_json: bool) -> None:
    """Print what `emo stats` shows."""
    if as_json:
        print_json(as_dict(stats))
        return
    print_rows(("Kind", "Count", "Size"), _kind_rows(stats), right=("Count", "Size"))
    if is_terminal():
        for line in (_quota_line(stats), *_trash_lines(stats), *limit_lines(stats)):
            print_line(line)
    else:
        print_tabbed(("used", str(stats.used_bytes), str(stats.quota_bytes)))
        print_tabbed(("trash", str(stats.trash_count), str(stats.trash_bytes)))


def _headings() -> Sequence[str]:
    return ASSET_HEADINGS if is_terminal() else IN_A_PIPE


def _row(asset: Asset) -> dict[str, str]:
    marks = [
        "bookmarked" if asset.bookmarked else "",
        "" if asset.state == ASSET_STATE_READY else "not complete",
        "private" if asset.extra_private else "",
    ]
    return {
        "ID": asset.asset_id,
        "Title": asset.title,
        "Folder": asset.folder,
        "Date": short_event_text(asset) if is_terminal() else event_text(asset),
        "Type": asset.file.content_type,
        "Size": size_cell(asset.file.size_bytes),
        "Created": time_text(asset.create_time)[: len("2026-01-31")],
        "Tags": ", ".join(asset.tags),
        "": " ".join(filter(None, marks)),
    }


def _result_row(result: SearchResult) -> dict[str, str]:
    fields = ", ".join(OTHER_NAMES.get(field, field) for field in result.matched_fields)
    return _row(result.asset) | {FOUND_IN: fields}


def _facts(asset: Asset) -> list[tuple[str, str]]:
    crc32c = f"{asset.file.crc32c:08x}" if asset.file.HasField("crc32c") else ""
    return [
        ("id", asset.asset_id),
        ("title", asset.title),
        ("description", asset.description),
        ("tags", ", ".join(asset.tags)),
        ("people", ", ".join(asset.people)),
        ("place", asset.location),
        ("folder", asset.folder),
        ("date", event_text(asset)),
        ("bookmarked", "yes" if asset.bookmarked else ""),
        ("private", "yes" if asset.extra_private else ""),
        ("file", asset.file.name),
        ("type", asset.file.content_type),
        ("size", _size_fact(asset.file.size_bytes)),
        ("crc32c", crc32c),
        ("state", "complete" if asset.state == ASSET_STATE_READY else "not complete: run `emo upload` again"),
        ("created", time_text(asset.create_time)),
        ("changed", time_text(asset.update_time)),
        ("in the trash", _trash_fact(asset)),
    ]


def _size_fact(size: int) -> str:
    return f"{size_text(size)} ({size} bytes)" if is_terminal() else str(size)


def _trash_fact(asset: Asset) -> str:
    if not asset.HasField("delete_time"):
        return ""
    return f"since {time_text(asset.delete_time)}, destroyed on {time_text(asset.purge_time)}"


def _kind_rows(stats: GetAssetStatsResponse) -> list[list[str]]:
    rows = [
        [enum_text(AssetKind.DESCRIPTOR, each.kind, "ASSET_KIND_"), str(each.count), size_cell(each.bytes)]
        for each in stats.kinds
    ]
    return [*rows, ["all", str(stats.total_count), size_cell(stats.total_bytes)]]


def limit_lines(stats: GetAssetStatsResponse) -> list[str]:
    """A line for each other limit that is nearly reached."""
    lines = []
    if stats.metadata_bytes >= NEARLY_FULL * stats.metadata_quota_bytes > 0:
        used, quota = size_text(stats.metadata_bytes), size_text(stats.metadata_quota_bytes)
        lines.append(f"{used} of {quota} used for descriptions, tags and people")
    if stats.pending_count >= NEARLY_FULL * stats.pending_limit > 0:
        lines.append(f"{stats.pending_count:,} of {stats.pending_limit:,} assets that may wait for their files do")
    return lines


def _trash_lines(stats: GetAssetStatsResponse) -> list[str]:
    if not stats.trash_count:
        return []
    size = size_text(stats.trash_bytes)
    return [f"{size} of it in the trash ({stats.trash_count:,}); `emo trash empty` gives it back"]


def _quota_line(stats: GetAssetStatsResponse, width: int = 30) -> str:
    """A bar of what is used of the quota."""
    share = min(1.0, stats.used_bytes / stats.quota_bytes) if stats.quota_bytes else 1.0
    filled = round(share * width)
    bar = "█" * filled + "░" * (width - filled)
    return f"{bar} {share:.0%}: {size_text(stats.used_bytes)} of {size_text(stats.quota_bytes)} used"
