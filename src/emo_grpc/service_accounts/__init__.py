"""Service accounts: how other backends come in."""
