"""What a single setting may be; each rule raises ValueError with what it must be."""

import base64
import re
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import pairwise
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network

DATA_KEY_BYTES: Final = 32
JWT_SECRET_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){32,}")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
MAX_PORT: Final = 65535
MIN_BYTE_VALUES: Final = 16
MIN_STEPS: Final = 8

DATABASE_NAME: Final = re.compile(r'[^/\\. "$\x00]+')
MAX_DATABASE_BYTES: Final = 63
"""Both from "Naming Restrictions" of https://www.mongodb.com/docs/manual/reference/limits/."""

BUCKET_NAME: Final = re.compile(r"[a-zA-Z0-9._-]{1,255}|arn:.+")
"""botocore's VALID_BUCKET, as the oldest buckets have it; an S3 that is stricter says so itself. Or an access point."""


def _hex_secret(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and not JWT_SECRET_HEX.fullmatch(secret.get_secret_value()):
        raise ValueError("must be 64 or more hexadecimal digits, as `openssl rand -hex 32` prints")
    return secret


def _data_key(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value():
        try:
            size = len(base64.b64decode(secret.get_secret_value(), validate=True))
        except ValueError:
            size = 0
        if size != DATA_KEY_BYTES:
            raise ValueError("must be base64 of 32 random bytes, as `openssl rand -base64 32` prints")
    return secret


def require_random(secret: SecretStr) -> None:
    """Raise ValueError for a key, well-formed by now, that is not random: all zeros, a pattern, a sequence.

    Of 32 random bytes about 30 differ, and so do the steps from each to the next; that fewer than 16, or 8, do would
    not happen by chance in the age of the universe.
    """
    text = secret.get_secret_value()
    if not text:
        return
    key = bytes.fromhex(text) if JWT_SECRET_HEX.fullmatch(text) else base64.b64decode(text)
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    if len(set(key)) < MIN_BYTE_VALUES or len(steps) < MIN_STEPS:
        raise ValueError("must be random in prod, and this is a pattern that anybody can guess; make one with openssl")


def _log_level(name: str) -> str:
    if name.lower() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return name.lower()


def _listen(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > MAX_PORT:
        raise ValueError("must be host:port, such as 127.0.0.1:50051 or [::]:50051")
    return address


def _listen_or_not(address: str) -> str:
    return _listen(address) if address else address


def is_loopback(address: str) -> bool:
    """Whether host:port is only for this machine."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _http_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// or http://; leave it out for AWS")
    return url


def _collector_url(url: str) -> str:
    if url and not (url.startswith(("http://", "https://")) and urlsplit(url).netloc):
        raise ValueError("must be an address such as http://localhost:4317, or with https:// where it speaks TLS")
    return url


def _public_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    # A path is added to it, so nothing may follow its own; and what is in it stands in mails as it is.
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(' "<>\\?#@')
    if url and not (is_web and is_plain):
        raise ValueError("must be an address of the web such as https://emo.example.org, without ?, # and a login")
    return url


def _database_name(name: str) -> str:
    if not DATABASE_NAME.fullmatch(name) or len(name.encode()) > MAX_DATABASE_BYTES:
        raise ValueError(f'must be at most {MAX_DATABASE_BYTES} bytes, without spaces and any of / \\ . " $')
    return name


def _bucket_name(name: str) -> str:
    if name and not BUCKET_NAME.fullmatch(name):
        raise ValueError("must be the name of a bucket: lower-case letters, digits, dots and hyphens")
    return name


def _split(value: object) -> object:
    return tuple(filter(None, value.replace(",", " ").split())) if isinstance(value, str) else value


def _not_everybody(networks: tuple[Network, ...]) -> tuple[Network, ...]:
    if not all(network.prefixlen for network in networks):
        raise ValueError("must name the networks of your proxies: from everybody, anybody could make up addresses")
    return networks


LISTED: Final = BeforeValidator(_split)
"""Values that are separated by commas or spaces."""

HexSecret = Annotated[SecretStr, AfterValidator(_hex_secret)]
DataKey = Annotated[SecretStr, AfterValidator(_data_key)]
LogLevel = Annotated[str, AfterValidator(_log_level)]
ListenAddress = Annotated[str, AfterValidator(_listen)]
OpsAddress = Annotated[str, AfterValidator(_listen_or_not)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
CollectorUrl = Annotated[str, AfterValidator(_collector_url)]
Networks = Annotated[tuple[Network, ...], LISTED, NoDecode]
ProxyNetworks = Annotated[Networks, AfterValidator(_not_everybody)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
DatabaseName = Annotated[str, AfterValidator(_database_name)]
BucketName = Annotated[str, AfterValidator(_bucket_name)]
