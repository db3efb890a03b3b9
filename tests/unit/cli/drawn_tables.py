"""A row of each table that the command draws, by the module that draws it."""

from dataclasses import dataclass, field
from typing import Any, Final

from emo_grpc.cli.account.activity_texts import HEADINGS as ACTIVITY_HEADINGS
from emo_grpc.cli.account.texts import SESSION_HEADINGS
from emo_grpc.cli.admin.accounts.listing import HEADINGS as ACCOUNT_HEADINGS
from emo_grpc.cli.admin.audit.listing import HEADINGS as AUDIT_HEADINGS
from emo_grpc.cli.admin.backups.listing import HEADINGS as BACKUP_HEADINGS
from emo_grpc.cli.admin.checks.checking import HEADINGS as CHECK_HEADINGS
from emo_grpc.cli.admin.outgoing.outbox_rows import HEADINGS as OUTBOX_HEADINGS
from emo_grpc.cli.admin.storage.finding_formats import HEADINGS as FINDING_HEADINGS
from emo_grpc.cli.admin.storage.mover import HEADINGS as MOVE_HEADINGS
from emo_grpc.cli.assets.folders.texts import HEADINGS as FOLDER_HEADINGS
from emo_grpc.cli.assets.imports.import_results import HEADINGS as IMPORT_HEADINGS
from emo_grpc.cli.assets.sync.steps import HEADINGS as SYNC_HEADINGS
from emo_grpc.cli.assets.texts import ASSET_HEADINGS, FOUND_IN
from emo_grpc.cli.assets.trash_texts import HEADINGS as TRASH_HEADINGS
from emo_grpc.cli.assets.uploads.upload_results import PLAN_HEADINGS

ID, OTHER = "7035095b-41a2-4f29-9bdb-85e84eadae56", "c1c7a9f2-3a9d-4a2e-8b55-3d62f8f7ab0c"
TITLE: Final = "Our days at the sea in summer"
PATH: Final = "Family/1994/Grandma's birthday/IMG_0001.jpeg"
TIME: Final = "2026-11-27 09:06"
ASSET = (ID, TITLE, "Family/1994/Grandma's birthday", "1994-08", "video/mp4", "211.9 kB", "2026-11-22", "family, sea")


@dataclass(frozen=True)
class Drawn:
    """What draw_table is given."""

    headings: tuple[str, ...]
    row: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)


LISTED: Final = {"short": True, "right": ("Size",)}
TABLES: Final[dict[str, tuple[Drawn, ...]]] = {
    "assets/texts.py": (
        Drawn(ASSET_HEADINGS, (*ASSET, "bookmarked"), LISTED),
        Drawn((*ASSET_HEADINGS, FOUND_IN), (*ASSET, "", "title, file"), LISTED),
        Drawn(("Kind", "Count", "Size"), ("document", "1234567", "211.9 kB"), {"right": ("Count", "Size")}),
    ),
    "assets/trash_texts.py": (
        Drawn(TRASH_HEADINGS, (ID, TITLE, "video/mp4", "211.9 kB", "2026-11-22", "2026-12-22"), LISTED),
    ),
    "assets/folders/texts.py": (Drawn(FOLDER_HEADINGS, ("Family/1994/Grandma's birthday", "12345", "211.9 kB")),),
    "assets/labels/texts.py": (Drawn(("Person", "Count"), ("Grandma on mother's side, of Cadaqués", "12345")),),
    "assets/uploads/upload_results.py": (Drawn(PLAN_HEADINGS, (PATH, "Family/1994", "211.9 kB", "failed")),),
    "assets/imports/import_results.py": (Drawn(IMPORT_HEADINGS, (PATH, "Family/1994", "211.9 kB", "new")),),
    "assets/sync/steps.py": (Drawn(SYNC_HEADINGS, ("set aside", PATH, "211.9 kB")),),
    "account/texts.py": (Drawn(SESSION_HEADINGS, (ID, "emo on a-laptop", *3 * (TIME,), "this one"), {"short": True}),),
    "account/activity_texts.py": (
        Drawn(
            ACTIVITY_HEADINGS,
            (TIME, "login-failed: PASSWORD_WRONG", "an administrator", "192.0.2.7", f"session_id={ID}", OTHER),
        ),
    ),
    "admin/accounts/listing.py": (
        Drawn(ACCOUNT_HEADINGS, (ID, "grandma", "grandma@example.com", "disabled", "admin", TIME), {"short": True}),
    ),
    "admin/audit/listing.py": (
        Drawn(
            AUDIT_HEADINGS,
            (TIME, "token-exchanged", ID, f"service {OTHER}", "192.0.2.7", f"session_id={ID}", OTHER),
        ),
    ),
    "admin/backups/listing.py": (
        Drawn(BACKUP_HEADINGS, ("20261127T090612Z-3f9c", f"{TIME}:12 UTC", "12345", "211.9 kB", "yes")),
    ),
    "admin/checks/checking.py": (
        Drawn(CHECK_HEADINGS, ("metadata", "failed", "no server answers at 192.0.2.7:27017", "start it, or set it")),
    ),
    "admin/outgoing/outbox_rows.py": (
        Drawn(
            OUTBOX_HEADINGS,
            (ID, "AssetDeleted", "assets.remove_file", "12", "the mail server is away", "waiting", TIME),
            {"short": True},
        ),
    ),
    "admin/services/services.py": (
        Drawn(
            ("Name", "State", "Permissions", "Keys", "Last used"),
            ("family-app", "active", "act-for-users, exchange-tokens", "2", TIME),
        ),
        Drawn(("ID", "Created", "Last used", "Ends"), (ID, TIME, "never", TIME), {"short": True}),
    ),
    "admin/storage/findings.py": (Drawn(FINDING_HEADINGS, (ID, "part 3 damaged; part 7 missing", OTHER)),),
    "admin/storage/mover.py": (Drawn(MOVE_HEADINGS, ("service accounts", "123456", "12", "0")),),
}
