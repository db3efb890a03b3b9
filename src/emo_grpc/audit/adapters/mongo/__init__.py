"""The audit trail on MongoDB."""
