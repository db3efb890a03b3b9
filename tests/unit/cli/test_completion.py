"""What a shell gets to offer, and what it costs."""

import json
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from unit.cli.conftest import Emo
from unit.client.fake_server import Failure, World

Complete = Callable[..., dict[str, str]]


@pytest.fixture
def complete(ann: Emo, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What fits at the end of a line, with what it means; Ann is logged in."""

    def fitting(line: str) -> dict[str, str]:
        with monkeypatch.context() as patch:
            patch.setenv("_EMO_COMPLETE", "complete_lines")
            patch.setenv("_EMO_LINE", line)
            found = ann()
        assert found.stderr == ""
        return {word: meaning for word, _, meaning in (line.partition("\t") for line in found.stdout.splitlines())}

    return fitting


def names(config: Path) -> Path:
    return config / "cache" / "names.json"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("emo pas", {"passwd"}),
        ("emo admin outb", {"outbox"}),
        ("emo admin outbox r", {"retry"}),
        ("emo upload --ti", {"--title"}),
        ("emo stats --ca", {"--ca-file"}),
        ("emo completion ", {"bash", "zsh", "fish"}),
        ("emo ls --kind ph", {"photo"}),
        ("emo ls --has=d", {"description", "date"}),
        ("emo ls --sort ", {"date", "created", "changed", "title", "size"}),
        ("emo show --title x ", set()),
        ("emo upload 'open quo", set()),
    ],
)
def test_commands_and_options_fit(complete: Complete, line: str, expected: set[str]) -> None:
    """At any depth; what makes no sense has nothing that fits, and nothing is said of it."""
    assert complete(line).keys() == expected


def test_ids_fit_with_their_titles(complete: Complete, world: World) -> None:
    """Wherever a command takes an id, by whatever it begins with."""
    one, other = world.store(b"1", "beach.jpg"), world.store(b"2", "lake.jpg")
    assert complete("emo show ") == {one: "beach.jpg", other: "lake.jpg"}
    assert complete(f"emo rm --yes {one[:4]}") == {one: "beach.jpg"}
    assert complete(f"emo download {one} {other[:6]}") == {other: "lake.jpg"}


@pytest.mark.parametrize("line", ["emo ls --tag ", "emo ls --tag=s", "emo upload --tag s", "emo edit 1234 --add-tag s"])
def test_tags_fit(complete: Complete, line: str) -> None:
    """With how many assets have each."""
    assert complete(line) == {"sea": "2"}


def test_people_fit(complete: Complete, world: World) -> None:
    """Those who are in most assets."""
    world.assets[world.store(b"1")].asset.people.extend(["Ann", "Bob"])
    assert complete("emo ls --person B").keys() == {"Bob"}


@pytest.mark.parametrize(
    "line", ["emo ls --place ", "emo edit 1 --place C", "emo upload x --place=C", "emo place rename "]
)
def test_places_fit(complete: Complete, world: World, line: str) -> None:
    """Where most assets were."""
    world.assets[world.store(b"1")].asset.location = "Cadaqués"
    assert complete(line).keys() == {"Cadaqués"}


@pytest.mark.parametrize("command", ["restore", "purge"])
def test_what_is_in_the_trash_fits_there(complete: Complete, world: World, command: str) -> None:
    """With its title, and nothing else."""
    world.store(b"1", "kept.jpg")
    trashed = world.store(b"2", "lake.jpg")
    world.assets[trashed].asset.delete_time.GetCurrentTime()
    assert complete(f"emo trash {command} ") == {trashed: "lake.jpg"}


@pytest.mark.parametrize("rpc", ["ListPeople", "ListPlaces", "ListFolders", "ListTrash"])
def test_an_older_server_still_completes_what_it_knows(complete: Complete, world: World, rpc: str) -> None:
    """A call that it lacks takes nothing from the others."""
    asset_id = world.store(b"1", "beach.jpg")
    world.failures[rpc] = [Failure(grpc.StatusCode.UNIMPLEMENTED, "", "Method not found!")]
    assert complete("emo show ") == {asset_id: "beach.jpg"}


@pytest.mark.parametrize(
    "line",
    [
        *("emo folder ls ", "emo folder mv Ph", "emo folder mv A Ph", "emo ls --folder Ph", "emo edit 1 --into=Ph"),
        *("emo upload x --into Ph", "emo import x --into Ph", "emo sync x --folder Ph"),
    ],
)
def test_folders_fit(complete: Complete, world: World, line: str) -> None:
    """Those at the top with how many assets are in each, and those of the latest assets."""
    world.assets[world.store(b"1")].asset.folder = "Photos/1994"
    assert complete(line) == {"Photos": "1", "Photos/1994": ""}


def test_tricks_for_terminals_do_not_fit(complete: Complete, world: World) -> None:
    """A name with escapes, or with more than one line, is not offered; in a meaning they are made harmless."""
    world.assets[world.store(b"1", "a\x1b[2Jb")].asset.people.extend(["x\x1b[2J", "y\nz", "Bob"])
    assert complete("emo ls --person ").keys() == {"Bob"}
    assert set(complete("emo show ").values()) == {"a [2Jb"}


def test_no_server_chooses_options(complete: Complete, world: World) -> None:
    """What it calls an asset, or somebody, is not offered if the command would take it for an option."""
    world.assets["--yes"] = world.assets.pop(world.store(b"1"))
    world.assets["--yes"].asset.asset_id = "--yes"
    world.assets["--yes"].asset.people.extend(["-f", "Bob"])
    assert complete("emo rm ") == {}
    assert "--yes" in complete("emo rm --y")  # its own
    assert complete("emo ls --person ").keys() == {"Bob"}


def test_the_server_is_asked_once_while_a_command_is_typed(complete: Complete, world: World, config: Path) -> None:
    """What it has said is kept for some seconds, for nobody else to read."""
    world.store(b"1")
    before = len(world.calls)
    first = complete("emo show ")
    assert complete("emo show ") == first
    assert world.calls[before:].count("ListAssets") == 1
    assert stat.S_IMODE(names(config).stat().st_mode) == 0o600
    assert stat.S_IMODE(names(config).parent.stat().st_mode) == 0o700
    later = world.store(b"2")
    names(config).write_text(json.dumps(json.loads(names(config).read_text()) | {"time": 0}))
    assert later in complete("emo show ")


@pytest.mark.parametrize("kept", ["[]", "no JSON", '{"of": 1, "time": "x", "assets": 3}'])
def test_a_damaged_file_of_names_is_none(complete: Complete, world: World, config: Path, kept: str) -> None:
    """It is asked again."""
    found = world.store(b"1")
    names(config).parent.mkdir(mode=0o700)
    names(config).write_text(kept)
    assert complete("emo show ").keys() == {found}


def test_names_are_gone_after_a_logout(complete: Complete, ann: Emo, world: World, config: Path) -> None:
    """Whoever has the machine next is not shown what the last one had."""
    world.store(b"1")
    assert complete("emo show ")
    ann("logout")
    assert not names(config).exists()
    assert complete("emo show ") == {}


def test_another_server_has_other_names(complete: Complete, world: World) -> None:
    """What one has said is not offered for another."""
    world.store(b"1")
    assert complete("emo show ")
    assert complete("emo --server 127.0.0.1:1 show ") == {}


def test_no_login_is_put_at_risk(complete: Complete, world: World, config: Path) -> None:
    """A token that would have to be refreshed is not: what was known last fits until the next command."""
    found = world.store(b"1")
    assert complete("emo show ").keys() == {found}
    kept = json.loads((config / "credentials.json").read_text())
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    changed = {server: its | {"access_expire_time": past, "received_time": past} for server, its in kept.items()}
    (config / "credentials.json").write_text(json.dumps(changed))
    names(config).write_text(json.dumps(json.loads(names(config).read_text()) | {"time": 0}))
    before = len(world.calls)
    assert complete("emo show ").keys() == {found}
    assert world.calls[before:] == []


def test_no_key_is_exchanged(complete: Complete, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each exchange would be in the trail of the user."""
    world.store(b"1")
    world.service_keys.add("emo_sk_x")
    monkeypatch.setenv("EMO_SERVICE_KEY", "emo_sk_x")
    before = len(world.calls)
    assert complete("emo show ") == {}
    assert world.calls[before:] == []


def test_a_token_of_the_environment_is_used(complete: Complete, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As commands do, in place of the login."""
    found = world.store(b"1")
    monkeypatch.setenv("EMO_TOKEN", world.tokens().access_token)
    assert complete("emo show ").keys() == {found}


def test_a_silent_server_is_given_up_on(complete: Complete) -> None:
    """One that takes the connection and says nothing: no call would end by itself within a minute."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert complete(f"emo --server {address} show ") == {}


def test_names_that_are_known_take_no_grpc(complete: Complete, world: World) -> None:
    """Loading it would take longer than all else."""
    world.store(b"1")
    assert complete("emo show ")
    script = "import sys; import emo_grpc.cli.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert "emo_grpc.cli.completion.known_names" in loaded
    assert not {"grpc", "asyncio", "emo_grpc.client", "pydantic_settings"} & set(loaded)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(ann: Emo, shell: str) -> None:
    """Whose first lines say where it belongs."""
    printed = ann("completion", shell)
    assert printed.exit_code == 0
    assert f"emo completion {shell}" in "".join(printed.stdout.splitlines()[:2])


def test_no_other_shell_has_one(ann: Emo) -> None:
    """It is told which have."""
    asked = ann("completion", "cmd")
    assert (asked.exit_code, asked.stderr.count("\n")) == (2, 1)
    assert "bash, zsh, fish" in asked.stderr
