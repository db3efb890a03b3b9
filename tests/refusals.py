"""What was refused, kept for a test to look at."""

from dataclasses import dataclass, field

from emo_grpc.shared.domain.audit import AuditEntry


@dataclass
class KeptRefusals:
    """The port, and all entries that it was given."""

    entries: list[AuditEntry] = field(default_factory=list)

    def note(self, entry: AuditEntry) -> None:
        self.entries.append(entry)
