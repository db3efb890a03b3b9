"""Options that many commands share."""

from datetime import datetime
from typing import Annotated, Final

import typer

from emo_grpc.cli import dates
from emo_grpc.cli.completion import completers


def _show_version(wanted: bool | None) -> None:
    from emo_grpc.cli.version import show_version  # noqa: PLC0415 - it has options of its own

    if wanted:
        show_version()


Version = Annotated[
    bool | None,
    typer.Option(
        "--version", is_eager=True, callback=_show_version, help="Show which emo this is, and exit.", show_default=False
    ),
]

EventKind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Only events of this kind, such as login-failed.")
]
EventsSince = Annotated[
    datetime | None,
    typer.Option(
        "--since", parser=dates.event_date, metavar="YYYY-MM-DD", help="Only events of this day or time, or later."
    ),
]
EventsUntil = Annotated[
    datetime | None,
    typer.Option("--until", parser=dates.event_date, metavar="YYYY-MM-DD", help="Only events before it."),
]

LANGUAGE: Final = "The language of mails, such as en, es or ca, or with a region, such as es-MX."
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]
AssetId = Annotated[
    str,
    typer.Argument(
        metavar="ASSET_ID",
        help="The asset's id, or as much of its beginning as no other has, 4 characters or more.",
        autocompletion=completers.asset_ids,
    ),
]
AssetIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ASSET_ID",
        help="The assets' ids, or as much of their beginning as no other has, 4 characters or more.",
        autocompletion=completers.asset_ids,
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which assets it would be.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]
OldAndNewStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the current and then the new password from standard input.")
]

NewStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the new password from standard input.")]
MailedToken = Annotated[str, typer.Argument(metavar="TOKEN", help="The token from the mail.")]

Title = Annotated[str | None, typer.Option("--title", help="What to call it.")]
Description = Annotated[str | None, typer.Option("--description", help="More about it.")]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAG", help="A tag, with any commas in it; may be repeated.", autocompletion=completers.tags
    ),
]
People = Annotated[
    list[str] | None,
    typer.Option(
        "--person",
        metavar="NAME",
        help="Who is in it, with any commas in the name; may be repeated.",
        autocompletion=completers.people,
    ),
]
Place = Annotated[
    str | None,
    typer.Option("--place", metavar="PLACE", help="Where it was.", autocompletion=completers.places),
]
Location = Annotated[
    str | None, typer.Option("--location", hidden=True, help="The word for --place of those who know the contract.")
]
EventDate = Annotated[
    dates.EventDate | None,
    typer.Option(
        "--date",
        parser=dates.known_date,
        metavar="YYYY[-MM[-DD]]",
        help="When it was: a year, a month, a day, or a time of this machine, unless it says otherwise.",
    ),
]
Bookmark = Annotated[
    bool | None,
    typer.Option("--bookmark/--no-bookmark", hidden=True, help="Earlier releases' word for --bookmarked."),
]
ContentType = Annotated[
    str | None, typer.Option("--content-type", metavar="TYPE/SUBTYPE", help="Its media type, instead of a guess.")
]
