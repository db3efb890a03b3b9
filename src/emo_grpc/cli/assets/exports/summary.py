"""Prints what an export holds."""

from pathlib import Path

from emo_grpc.cli.assets.exports.exporter import ExportSummary
from emo_grpc.cli.terminal.output import is_terminal
from emo_grpc.cli.terminal.printing import counted, path_text, print_error, print_json, print_to_paste, size_text


def print_summary(path: Path, summary: ExportSummary, *, as_json: bool = False) -> None:
    """Where it is, and for people how much, or all of it in JSON; what is not in it on standard error."""
    shown = path_text(path)
    size = f"{counted(summary.files, 'file', 'files')}, {size_text(summary.bytes)}"
    if as_json:
        print_json(_as_dict(path, summary))
    else:
        print_to_paste(f"{shown}  {size}" if is_terminal() else shown)
    if summary.not_complete:
        print_error(f"{counted(summary.not_complete, 'asset has', 'assets have')} no complete file in the vault")
    if summary.renamed:
        what = counted(summary.renamed, "file has another name", "files have other names")
        print_error(f"{what} there than in the vault; assets.jsonl has both")
    if summary.missing:
        print_error(f"{counted(summary.missing, 'file is', 'files are')} missing in the export, see above")


def _as_dict(path: Path, summary: ExportSummary) -> dict[str, object]:
    return {
        "path": str(path),
        "files": summary.files,
        "size_bytes": summary.bytes,
        "not_complete": summary.not_complete,
        "renamed": summary.renamed,
        "missing": summary.missing,
    }
