"""Transport security from files, which may change while the server runs."""
