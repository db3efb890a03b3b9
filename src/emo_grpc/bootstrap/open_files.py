"""How many files and connections the process may hold open."""

from contextlib import suppress


def raise_open_files_limit() -> None:
    """Raise the soft limit to the hard one: many systems begin at 1024, which 1000 calls would use up."""
    try:
        import resource  # noqa: PLC0415 - does not exist on every platform
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS has a smaller limit than the hard one it tells; then it stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
