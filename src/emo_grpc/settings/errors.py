"""Why a server can't be started."""


class CannotStart(Exception):
    """The server can't run here; the text is one sentence for the operator."""


class InvalidSettings(CannotStart):
    """Some variables are wrong; the text names each with what it should be."""
