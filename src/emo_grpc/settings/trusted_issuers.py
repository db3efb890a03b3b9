"""What TRUSTED_ISSUERS_FILE must hold; each rule raises ValueError with what is wrong with it."""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from emo_grpc.settings.pem_files import read_certificates, read_file
from emo_grpc.settings.values import is_loopback

MAX_TEXT: Final = 1000

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


def _path(value: object) -> object:
    """A claim at the top may be written as its name alone."""
    return [value] if isinstance(value, str) else value


ClaimPath = Annotated[tuple[Text, ...], BeforeValidator(_path), Field(min_length=1, strict=False)]
"""Where a claim is: its name, or the names on the way down to it. Names may have dots in them."""


def _keys_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_web = bool(parts.hostname) and parts.port != 0 and not parts.username and not parts.password
    except ValueError:
        is_web = False
    if not is_web or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("must be the address of a JSON Web Key Set, such as https://login.example.org/keys")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(f"{parts.hostname}:0")):
        raise ValueError("must begin with https://: who changes keys on the way can log in as anybody")
    return url


class TrustedIssuer(BaseModel):
    """A party whose tokens say who somebody is. `docs/identity.md` explains each field."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    issuer: Text
    audience: Text
    jwks_url: Annotated[str, AfterValidator(_keys_url)] = ""
    jwks_file: Annotated[Path | None, Field(strict=False)] = None
    ca_file: Annotated[Path | None, Field(strict=False)] = None
    algorithms: Annotated[tuple[Literal["RS256", "ES256", "EdDSA"], ...], Field(min_length=1, strict=False)]
    external_id_claim: ClaimPath = ("sub",)
    email_claim: ClaimPath = ("email",)
    roles_claim: ClaimPath | None = None
    admin_role: Text | None = None
    create_accounts: bool = False
    link_by_email: bool = False

    @model_validator(mode="after")
    def _check(self) -> "TrustedIssuer":
        if bool(self.jwks_url) == (self.jwks_file is not None):
            raise ValueError("has jwks_url or jwks_file, one of them")
        if self.ca_file is not None:
            if not self.jwks_url:
                raise ValueError("has a ca_file, which only goes with a jwks_url")
            read_certificates(self.ca_file)
        if self.jwks_file is not None:
            read_file(self.jwks_file)
        if (self.roles_claim is None) != (self.admin_role is None):
            raise ValueError("has roles_claim and admin_role both, or none of them")
        return self


class _File(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    issuer: Annotated[tuple[TrustedIssuer, ...], Field(min_length=1, strict=False)]


def read_trusted_issuers(path: Path) -> tuple[TrustedIssuer, ...]:
    """The issuers of a file, each once."""
    try:
        found = _File.model_validate(tomllib.loads(read_file(path).decode())).issuer
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"names {path}, which is no TOML: {error}") from None
    except ValidationError as error:
        raise ValueError(f"names {path}, where {_complaints(error)}") from None
    names = [issuer.issuer for issuer in found]
    if len(set(names)) < len(names):
        raise ValueError(f"names {path}, which has an issuer twice")
    return found


def _checked(path: Path | None) -> Path | None:
    if path is not None:
        read_trusted_issuers(path)
    return path


TrustedIssuersFile = Annotated[Path | None, AfterValidator(_checked)]


def _complaints(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in found['loc'])}: {found['msg'].removeprefix('Value error, ')}"
        for found in error.errors()
    )
