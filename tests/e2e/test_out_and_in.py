"""Everything of a real server out, and into another account, by the real command."""

import json
import zipfile
from functools import partial
from pathlib import Path
from random import Random

from e2e.emo_process import EmoProcess
from e2e.server_process import ServerProcess
from waiting import wait_until

FILES = {
    "Family/1994/IMG_0009.jpg": b"cake" * 3_000_000,
    "Family/Cafe\u0301/IMG_0009.jpg": b"another cake",
    "Family/Café/📷 naïve -rf.jpg": b"odd name",
    "Family/letter.txt": b"",
}
SAID = ("title", "description", "tags", "people", "location", "event_date", "event_precision", "event_zone",
        "bookmarked", "extra_private", "folder", "file")  # fmt: skip


def listed(emo: EmoProcess) -> list[dict[str, object]]:
    """What was said of all assets, without what a server sets."""
    assets = json.loads(emo.output("ls", "--all", "--json"))
    said = [{name: asset[name] for name in SAID if name in asset} for asset in assets]
    return sorted(said, key=json.dumps)


def test_all_comes_back_in_another_account(ann: EmoProcess, server: ServerProcess, tmp_path: Path) -> None:
    """Files, folders and all that was said come out of one account and into another, once, by folder and by archive."""
    for name, content in FILES.items():
        path = ann.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    ann.run("upload", "-r", "Family", "--tag", "family", "--person", "Ann", "--place", "Girona", "--date", "1994-05-06")
    before = listed(ann)
    assert len(before) == len(FILES)
    ann.run("export", "--to", "out")
    ann.run("export", "--to", "out.zip")
    bob = EmoProcess(tmp_path / "other")
    bob.folder.mkdir()
    bob.run("--server", server.address, "register", "bob", "--email", "bob@example.com")
    bob.run("login", "bob")
    planned = bob.output("import", str(ann.folder / "out"), "--dry-run").splitlines()
    assert [line.split("\t")[2] for line in planned] == ["new"] * len(FILES)
    assert listed(bob) == []
    bob.run("import", str(ann.folder / "out"))
    assert listed(bob) == before
    again = bob.output("import", str(ann.folder / "out.zip")).splitlines()
    assert [line.split("\t")[2] for line in again] == ["there"] * len(FILES)
    bob.run("import", str(ann.folder / "out.zip"), "--into", "Of Ann")
    assert len(listed(bob)) == 2 * len(FILES)
    for asset in json.loads(bob.output("ls", "--all", "--json")):
        if asset.get("folder") == "Of Ann/Family/1994":
            bob.run("download", asset["asset_id"], "-o", "copy.jpg")
    assert (bob.folder / "copy.jpg").read_bytes() == FILES["Family/1994/IMG_0009.jpg"]


def has_come(out: Path, part: Path, least: int) -> bool:
    """Whether so many bytes are in the file that an archive grows in, or it is made."""
    return out.exists() or (part.exists() and part.stat().st_size > least)


def test_a_killed_export_to_an_archive_goes_on(ann: EmoProcess) -> None:
    """Killed at any moment, it leaves what had come, and nothing under the name of the archive until that is whole."""
    content = {f"{number}.jpg": Random(number).randbytes(4 << 20) for number in range(8)}
    content["film.mp4"] = Random(8).randbytes(24 << 20)
    (ann.folder / "Family").mkdir()
    for name, data in content.items():
        (ann.folder / "Family" / name).write_bytes(data)
    ann.run("upload", "-r", "Family")
    out, part = ann.folder / "out.zip", ann.folder / "out.zip.part"
    had = 0
    for _ in range(3):
        with ann.start("export", "--to", "out.zip") as killed:
            least = had + (2 << 20)
            wait_until(partial(has_come, out, part, least))
            killed.kill()
        if out.exists():  # it was faster
            break
        had = part.stat().st_size
    if not out.exists():
        ann.run("export", "--to", "out.zip")
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(f"files/Family/{name}") for name in content} == content
    assert not [each.name for each in ann.folder.iterdir() if each.name.endswith(".part")]
