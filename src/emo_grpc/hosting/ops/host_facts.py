"""What the pages for operators say of the machine and the settings."""

import platform
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final

from emo_grpc.settings import Settings
from emo_grpc.settings.pem_files import read_certificates
from emo_grpc.shared.adapters.prometheus.host_facts import Fact, Value

Last = Callable[[Iterable[float]], float]
"""Which of several moments counts."""

CONTRACT: Final = "v1"
"""The version of all packages of the contract."""


def host_facts(settings: Settings, answering: Callable[[], float]) -> Sequence[Fact]:
    """`answering`: how many processes take calls."""
    folder = settings.data_folder
    return [
        Fact(
            "emo_build_info",
            "What runs: its version, that of the contract, of Python and of grpcio.",
            ("version", "contract", "python", "grpcio"),
            {(version_of("emo-grpc"), CONTRACT, platform.python_version(), version_of("grpcio")): lambda: 1},
        ),
        Fact("emo_processes", "Server processes that there should be.", (), {(): lambda: settings.emo_workers}),
        Fact("emo_processes_answering", "Server processes that take calls.", (), {(): answering}),
        Fact("emo_disk_size_bytes", "Size of the file system of DATA_FOLDER.", (), {(): lambda: _disk(folder, 0)}),
        Fact("emo_disk_free_bytes", "What is left of it for emo.", (), {(): lambda: _disk(folder, 2)}),
        Fact(
            "emo_certificate_expiry_timestamp_seconds",
            "Until when what a setting names is good: all of a certificate's chain, any of the authorities.",
            ("setting",),
            _expiries(settings),
        ),
    ]


def _disk(folder: Path, which: int) -> float | None:
    """Of the folder, or what will be its parent: it may not be there yet."""
    for place in (folder, *folder.absolute().parents):
        with suppress(OSError):
            return shutil.disk_usage(place)[which]
    return None


def _expiries(settings: Settings) -> dict[Sequence[str], Value]:
    files: dict[str, tuple[Path | None, Last]] = {
        "TLS_CERT_FILE": (settings.tls_cert_file, min),
        "TLS_CLIENT_CA_FILE": (settings.tls_client_ca_file, max),
    }
    return {(name,): partial(_expiry, path, last) for name, (path, last) in files.items() if path is not None}


def _expiry(path: Path, last: Last) -> float | None:
    """Looked up each time: whoever renews a certificate replaces its file."""
    try:
        return last(found.not_valid_after_utc.timestamp() for found in read_certificates(path))
    except ValueError:
        return None
