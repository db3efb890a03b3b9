"""`emo serve`."""


def serve() -> None:
    """Run the server, with settings from the environment and `.env`."""
    raise NotImplementedError
