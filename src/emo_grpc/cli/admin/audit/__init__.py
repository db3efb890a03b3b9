"""The audit trail: how the operator reads it, and what `emo admin` itself leaves there."""
