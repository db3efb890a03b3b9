"""How the command reaches a server."""
