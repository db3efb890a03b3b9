"""What is shown of the machine and the settings."""

from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate, load_pem_x509_certificates
from prometheus_client import CollectorRegistry

from certificates import Authority
from emo_grpc.hosting.ops.host_facts import host_facts
from emo_grpc.settings import Settings
from emo_grpc.shared.adapters.prometheus.host_facts import add_facts

EXPIRY = "emo_certificate_expiry_timestamp_seconds"


def shown(settings: Settings) -> CollectorRegistry:
    registry = CollectorRegistry()
    add_facts(registry, host_facts(settings, lambda: 1))
    return registry


def test_a_certificate_that_is_renewed(tmp_path: Path) -> None:
    """The end of what is in the file now is shown, and nothing while it holds none."""
    authority = Authority(tmp_path)
    certificate, key = tmp_path / "ca.crt", tmp_path / "ca.key"
    registry = shown(Settings(_env_file=None, tls_cert_file=certificate, tls_key_file=key))

    def end() -> float:
        return load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc.timestamp()

    where = {"setting": "TLS_CERT_FILE"}
    assert registry.get_sample_value(EXPIRY, where) == end()
    first = end()
    authority.openssl("req", "-x509", "-key", str(key), "-out", str(certificate), "-subj", "/CN=x", "-days", "900")
    assert registry.get_sample_value(EXPIRY, where) == end() > first
    certificate.write_text("nothing")
    assert registry.get_sample_value(EXPIRY, where) is None
    assert registry.get_sample_value(EXPIRY, {"setting": "TLS_CLIENT_CA_FILE"}) is None


def test_several_certificates(tmp_path: Path) -> None:
    """A chain is good until its first one ends, authorities of clients until the last one does."""
    authority = Authority(tmp_path)
    bundle, key = tmp_path / "bundle.crt", tmp_path / "ca.key"
    authority.openssl("req", "-x509", "-key", str(key), "-out", str(bundle), "-subj", "/CN=x", "-days", "900")
    bundle.write_bytes(bundle.read_bytes() + (tmp_path / "ca.crt").read_bytes())
    registry = shown(Settings(_env_file=None, tls_cert_file=bundle, tls_key_file=key, tls_client_ca_file=bundle))
    ends = sorted(each.not_valid_after_utc.timestamp() for each in load_pem_x509_certificates(bundle.read_bytes()))
    assert ends[0] < ends[1]
    names = ("TLS_CERT_FILE", "TLS_CLIENT_CA_FILE")
    assert [registry.get_sample_value(EXPIRY, {"setting": name}) for name in names] == ends


@pytest.mark.parametrize("folder", ["", "not/there/yet"])
def test_room_on_the_disk(tmp_path: Path, folder: str) -> None:
    """Of the data folder, or of where it will be."""
    registry = shown(Settings(_env_file=None, data_folder=tmp_path / folder, emo_workers=3))
    size, free = (registry.get_sample_value(f"emo_disk_{name}_bytes") for name in ("size", "free"))
    assert size is not None
    assert free is not None
    assert 0 < free <= size
    assert registry.get_sample_value("emo_processes") == 3
    assert registry.get_sample_value("emo_processes_answering") == 1
