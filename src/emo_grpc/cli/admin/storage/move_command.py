"""`emo admin move`."""

from typing import Annotated

import typer

from emo_grpc.cli.admin.engine_access import run_alone


def move(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="MongoDB; in place of MONGODB_URL.")] = "",
    database: Annotated[str, typer.Option("--database", help="In place of MONGODB_DATABASE.")] = "",
    s3: Annotated[str, typer.Option("--s3", metavar="BUCKET", help="In place of ASSET_S3_BUCKET.")] = "",
) -> None:
    """Move everything from DATA_FOLDER to MongoDB and S3, and prove each file there. Stop the server first.

    The folder stays as it is. May be interrupted: the same command goes on. Other users of the machine see what is
    given with --to, so a URL with a password is better set as MONGODB_URL. ASSET_S3_URL and the like are those of the
    settings. Exit code 9 if a file is damaged; all others are moved.
    """
    from emo_grpc.cli.admin.storage.mover import move_all  # noqa: PLC0415 - see app
    from emo_grpc.settings import load_settings  # noqa: PLC0415 - see app

    given = {"mongodb_url": to, "mongodb_database": database, "asset_s3_bucket": s3}

    async def run() -> None:
        await move_all(load_settings(**{name: value for name, value in given.items() if value}))

    run_alone(run())
