"""Commands about assets and their files."""
