"""How many files and connections the process may hold open."""

from contextlib import suppress
from typing import Final

from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS

SHARE_OF_CONNECTIONS: Final = 2
"""Half of the descriptors may be connections of clients; files, databases and buckets need the others."""


def raise_open_files_limit() -> None:
    """Raise the soft limit to the hard one: many systems begin at 1024, which 1000 calls would use up."""
    try:
        import resource  # noqa: PLC0415 - does not exist on every platform
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS refuses the hard limit that it reports; then the soft one stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections_limit() -> int:
    """How many connections clients may have, by how many descriptors the system allows."""
    try:
        import resource  # noqa: PLC0415 - as above
    except ImportError:
        return DEFAULT_LIMITS.connections
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return DEFAULT_LIMITS.connections
    return min(DEFAULT_LIMITS.connections, soft // SHARE_OF_CONNECTIONS)
