"""Makes the help of commands from their docstrings."""

import inspect


def help_of(command: object) -> str:
    """Each paragraph in one line, which the terminal breaks: typer would keep the breaks of all but the first."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
