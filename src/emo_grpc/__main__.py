"""`python -m emo_grpc` and the `emo` command."""


def main() -> None:
    """Run the command line."""
    from emo_grpc.cli.app import app  # noqa: PLC0415 - nothing is imported before somebody runs it

    app()


if __name__ == "__main__":
    main()
