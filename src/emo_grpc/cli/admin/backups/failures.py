"""What fails around backups, told as other commands tell it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from emo_grpc.backup.errors import BackupDamaged, BackupRefused
from emo_grpc.cli.failures import EXIT_CODES, FAILED, LOCAL, Refusal, local_sentence
from emo_grpc.cli.terminal.printing import counted, print_error
from emo_grpc.migration.report import NotMigrated
from emo_grpc.shared.adapters.schema_versions import UnknownSchemaVersion
from emo_grpc.shared.domain.errors import StorageFull

MAX_NAMED: Final = 20
"""At most so many things are named that were left out."""


@contextmanager
def backup_failures() -> Iterator[None]:
    """Raise what fails inside as Refusal."""
    try:
        yield
    except BackupRefused as error:
        raise Refusal(str(error), EXIT_CODES["FAILED_PRECONDITION"]) from error
    except BackupDamaged as error:
        raise Refusal(f"the backup is damaged: {error}", EXIT_CODES["DATA_LOSS"]) from error
    except UnknownSchemaVersion as error:
        raise Refusal(str(error), FAILED) from error
    except StorageFull as error:
        sentence = f"no room is left where it writes ({error.message}): make some, and run the same command again"
        raise Refusal(sentence, EXIT_CODES["RESOURCE_EXHAUSTED"]) from error
    except OSError as error:
        raise Refusal(local_sentence(error), LOCAL) from error


def refuse_left_out(left_out: Sequence[NotMigrated], hint: str) -> None:
    """Raise Refusal if anything was left out, after naming it."""
    for found in left_out[:MAX_NAMED]:
        print_error(f"{found.noun} {found.item_id}: {found.sentence}")
    if left_out:
        raise Refusal(f"{counted(len(left_out), 'thing is', 'things are')} damaged; {hint}", EXIT_CODES["DATA_LOSS"])
