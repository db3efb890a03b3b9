"""Containerfile and compose.yaml, against the settings and files that they name. Nothing is built or run here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from emo_grpc.settings import Settings
from emo_grpc.settings.names import CLIENT_VARIABLES

ROOT = Path(__file__).parents[2]
SETTINGS = {name.upper() for name in Settings.model_fields}
OF_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE"}
INTERPOLATED = re.compile(r"\$\{(\w+):\?\}")


@pytest.fixture(scope="module")
def containerfile() -> str:
    return (ROOT / "Containerfile").read_text().replace("\\\n", " ")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """Of compose.yaml, by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def environment_of(containerfile: str) -> dict[str, str]:
    (line,) = re.findall(r"^ENV (.*)$", containerfile, re.MULTILINE)
    return dict(pair.split("=", 1) for pair in line.split())


def test_variables_of_the_image(containerfile: str) -> None:
    """Each is a setting, or one that the command or Python reads."""
    assert environment_of(containerfile).keys() <= SETTINGS | CLIENT_VARIABLES | OF_PYTHON


def test_what_is_copied_into_the_image(containerfile: str) -> None:
    """It is there, and not left out of what the builder is given; secrets and data of a checkout are."""
    copied = {
        source
        for sources in re.findall(r"^COPY (?!--)(.*) \S+$", containerfile, re.MULTILINE)
        for source in sources.split()
    }
    let_in = set(re.findall(r"^!(.*)$", (ROOT / ".containerignore").read_text(), re.MULTILINE))
    assert copied == let_in
    assert all((ROOT / source).exists() for source in copied)


def test_the_image_does_not_run_as_root(containerfile: str) -> None:
    """By number, which whoever runs it can check; and its folder is the user's."""
    last = containerfile.rpartition("\nFROM ")[2]
    (user,) = re.findall(r"^USER (\d+:\d+)$", last, re.MULTILINE)
    assert not user.startswith("0:")
    assert f"chown {user} {environment_of(containerfile)['DATA_FOLDER']}" in last


def test_services_of_emo(services: dict[str, dict[str, Any]], containerfile: str) -> None:
    """They name settings that exist, can write to their folder and /tmp alone, and are open to this machine only."""
    servers = {name: service for name, service in services.items() if name.startswith("emo-")}
    assert len(servers) == 2
    for service in servers.values():
        assert service["environment"].keys() <= SETTINGS
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["tmpfs"] == ["/tmp"]
        assert [volume.split(":")[1] for volume in service["volumes"]] == [environment_of(containerfile)["DATA_FOLDER"]]
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_ports_of_emo(services: dict[str, dict[str, Any]], containerfile: str) -> None:
    """Those where the image listens are what compose.yaml opens, the health check asks and Prometheus scrapes."""
    environment = environment_of(containerfile)
    port, ops_port = (environment[name].rpartition(":")[2] for name in ("EMO_LISTEN", "EMO_OPS_LISTEN"))
    assert f"EXPOSE {port} {ops_port}\n" in containerfile
    assert f'"127.0.0.1:{port}"]\n' in containerfile
    servers = [name for name in services if name.startswith("emo-")]
    assert all(services[name]["ports"][0].endswith(f":{port}") for name in servers)
    targets = yaml.safe_load((ROOT / "ops/compose/targets.yml").read_text())
    assert targets == [{"targets": [f"{name}:{ops_port}" for name in servers]}]


def test_what_services_refer_to(services: dict[str, dict[str, Any]]) -> None:
    """Files that are mounted are there, services that are waited for too, and what is to be exported is told."""
    text = (ROOT / "compose.yaml").read_text()
    volumes = yaml.safe_load(text)["volumes"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        for source in (volume.split(":")[0] for volume in service.get("volumes", ())):
            assert (ROOT / source).exists() if source.startswith("./") else source in volumes
    told = next(line for line in text.splitlines() if "export" in line)
    assert set(re.findall(r"(\w+)=\$\(", told)) == set(INTERPOLATED.findall(text))
