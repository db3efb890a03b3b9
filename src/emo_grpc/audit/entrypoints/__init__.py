"""How callers come in."""
