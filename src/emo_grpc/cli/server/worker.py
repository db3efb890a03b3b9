"""`emo worker`."""

from emo_grpc.cli.server.serve import starting


def worker() -> None:
    """Deliver events and drop what is over, beside servers on shared engines (MONGODB_URL and ASSET_S3_BUCKET).

    Each server does that too; a worker takes it off those that are busy. It listens on no port, and ends as
    `emo serve` does.
    """
    with starting():
        from emo_grpc.hosting.running import run_beside_servers  # noqa: PLC0415 - see app
        from emo_grpc.settings import load_settings  # noqa: PLC0415 - see app

        run_beside_servers(load_settings())
