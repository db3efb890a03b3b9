"""What fits an argument or an option: names that the server of the last login knows."""

import typer

from emo_grpc.cli.completion.known_names import KnownNames, known_names
from emo_grpc.cli.connection.connection_options import CONNECTION_NAMES, ConnectionOptions

Fitting = list[tuple[str, str]]
"""Words, each with what it means."""


def asset_ids(context: typer.Context) -> Fitting:
    """The ids of the latest assets, with their titles."""
    return list(_names(context).assets)


def tags(context: typer.Context) -> Fitting:
    """The tags that most assets have."""
    return list(_names(context).tags)


def people(context: typer.Context) -> Fitting:
    """Who is in most assets."""
    return [(name, "") for name in _names(context).people]


def places(context: typer.Context) -> Fitting:
    """Where most assets were."""
    return [(name, "") for name in _names(context).places]


def trashed_ids(context: typer.Context) -> Fitting:
    """The ids of what was moved to the trash last, with their titles."""
    return list(_names(context).trash)


def folders(context: typer.Context) -> Fitting:
    """The folders at the top, and those of the latest assets."""
    return list(_names(context).folders)


def _names(context: typer.Context) -> KnownNames:
    """Of the server that was named before or after the command, or of the last login; none if anything is wrong."""
    try:
        own, before = (
            ConnectionOptions(**{name: params.get(name) for name in CONNECTION_NAMES})
            for params in (context.params, context.find_root().params)
        )
        return known_names(own.with_defaults(before).resolved())
    except Exception:  # whatever it is: a shell that completes a word is no place to tell of it
        return KnownNames()
