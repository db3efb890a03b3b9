"""Certificates, made by openssl for a test."""

from pathlib import Path

from openssl import openssl

OF_AN_AUTHORITY = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
"""What Python 3.13 began to ask of certificates that sign (RFC 5280 §4.2.1.3), as of those below, of their key's id."""

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


class Authority:
    """Signs certificates, each a pair of files NAME.key and NAME.crt."""

    def __init__(self, folder: Path, *names: str) -> None:
        """It signs one for each name at once."""
        self.folder = folder
        self.openssl(
            "req", "-x509", *NEW_KEY, *OF_AN_AUTHORITY, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=ca"
        )
        for name in names:
            self.sign(name)

    def sign(self, name: str, names: str = "DNS:localhost,IP:127.0.0.1") -> None:
        self.openssl("req", *NEW_KEY[:-2], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (self.folder / "names").write_text(f"subjectAltName={names}\nauthorityKeyIdentifier=keyid")
        self.openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", "names", "-out", f"{name}.crt",
        )  # fmt: skip

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def openssl(self, *arguments: str) -> None:
        """Run it in the folder."""
        openssl(self.folder, *arguments)
