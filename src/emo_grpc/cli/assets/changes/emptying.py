"""Carries out `emo trash empty`."""

from emo_grpc.cli.connection.remote import Remote
from emo_grpc.cli.terminal.printing import counted, print_json, print_line, size_text
from emo_grpc.cli.terminal.questions import confirm


async def empty_trash(remote: Remote, *, yes: bool, as_json: bool) -> None:
    """Destroy all that is in the trash, after a question. Raises EmoClientError, Refusal.

    What was destroyed before a failure is told, too.
    """
    is_meant = yes or await _may(remote, as_json=as_json)
    purged, is_more = 0, is_meant
    try:
        while is_more:
            done = await remote.client.assets.empty_trash()
            purged, is_more = purged + done.purged_count, done.more
    finally:
        if as_json and (purged or not is_more):
            print_json({"purged_count": purged})
        elif purged or (is_meant and not is_more):
            print_line(f"Destroyed {counted(purged, 'asset', 'assets')}.")


async def _may(remote: Remote, *, as_json: bool) -> bool:
    stats = await remote.client.assets.stats()
    if not stats.trash_count:
        if not as_json:
            print_line("The trash is empty.")
        return False
    what = f"{counted(stats.trash_count, 'asset', 'assets')} in the trash ({size_text(stats.trash_bytes)})"
    return confirm(f"Destroy {what}?", otherwise="nothing was destroyed")
