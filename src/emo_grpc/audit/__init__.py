"""The audit trail, as people and administrators read it."""
