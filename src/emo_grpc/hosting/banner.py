"""What is shown when the server has started."""

import structlog
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from emo_grpc.assets.adapters.memory.blob_store import LIMIT
from emo_grpc.bootstrap.secrets import FilledSettings
from emo_grpc.settings import Environment, LogFormat, Settings


def announce(filled: FilledSettings, address: str, ops_address: str = "") -> None:
    """Print the addresses, the engines and first commands; with LOG_FORMAT=json one line of the log instead."""
    settings = filled.settings
    if settings.log_format is LogFormat.JSON:
        _log(filled, address, ops_address)
        return
    console = Console(stderr=False, highlight=False)
    facts = Table.grid(padding=(0, 2))
    facts.add_row("listening on", f"[bold]{escape(address)}[/] {_transport(settings)}")
    if ops_address:
        facts.add_row("metrics", escape(f"http://{ops_address}/metrics"))
    facts.add_row("metadata", escape(_metadata(settings)))
    facts.add_row("files", f"{escape(_files(settings))}, encrypted")
    facts.add_row("mail", escape(_mail(settings)))
    if settings.is_ephemeral:
        facts.add_row("[yellow]ephemeral[/]", "everything is lost when the server ends")
    elif filled.generated:
        facts.add_row("[yellow]secrets[/]", f"{', '.join(filled.generated)} kept in {escape(str(filled.path))}")
    console.print(Panel(facts, title=f"emo ({settings.environment})", expand=False))
    console.print("In another terminal:", *_commands(settings, address), sep="\n", soft_wrap=True, markup=False)


def _log(filled: FilledSettings, address: str, ops_address: str) -> None:
    settings = filled.settings
    structlog.get_logger("emo").info(
        "listening",
        address=address,
        ops_address=ops_address,
        transport=_transport(settings),
        environment=str(settings.environment),
        metadata=_metadata(settings),
        files=_files(settings),
        mail=_mail(settings),
        generated_secrets=list(filled.generated),
        ephemeral=settings.is_ephemeral,
    )


def _mail(settings: Settings) -> str:
    without_server = "dropped" if settings.is_ephemeral else f"written to {settings.data_folder / 'mail'}"
    return settings.email_smtp_server or without_server


def _metadata(settings: Settings) -> str:
    if settings.is_ephemeral:
        return "SQLite in memory"
    if not settings.has_shared_metadata:
        return f"SQLite in {settings.data_folder}"
    return (
        f"MongoDB, database {settings.mongodb_database}"  # its URL may hold a password, and only pymongo can parse it
    )


def _files(settings: Settings) -> str:
    if settings.is_ephemeral:
        return f"memory, {LIMIT >> 20} MiB at most"
    if not settings.has_shared_files:
        return f"folder {settings.data_folder}"
    return f"S3 bucket {settings.asset_s3_bucket} at {settings.asset_s3_url or 'AWS'}"


def _transport(settings: Settings) -> str:
    if settings.tls_cert_file is None:
        return "in plaintext"
    return "with TLS" if settings.tls_client_ca_file is None else "with mutual TLS"


def _commands(settings: Settings, address: str) -> list[str]:
    """Files that only the caller has are in capitals."""
    for_grpcurl, for_emo = "-plaintext ", ""
    if settings.tls_cert_file is not None:
        for_grpcurl, for_emo = "-cacert CA.PEM ", " --ca-file CA.PEM"
    if settings.tls_client_ca_file is not None:
        for_grpcurl += "-cert CERT.PEM -key KEY.PEM "
        for_emo += " --cert CERT.PEM --key KEY.PEM"
    commands = [f"  grpcurl {for_grpcurl}{address} list"]
    if settings.environment is Environment.DEV:
        commands.insert(0, f"  emo --server {address}{for_emo} register")
    return commands
