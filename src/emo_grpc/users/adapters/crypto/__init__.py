"""Password hashes and access tokens."""
