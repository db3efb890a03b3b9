"""Why there is no backup, or nothing that it can be restored to."""


class BackupRefused(Exception):
    """What was asked for is not done, and nothing was changed; the text is one sentence for the operator."""


class BackupDamaged(Exception):
    """A backup is not what it was when it was made; the text is one sentence."""
