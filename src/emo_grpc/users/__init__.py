"""People's accounts and their sessions."""
