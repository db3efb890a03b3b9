"""Commands of the operator, on the server's own engines."""
