"""The audit trail: what is added to it, and where it comes from."""
