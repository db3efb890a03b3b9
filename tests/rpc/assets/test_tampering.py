"""What is changed in the stored files or in the database, by a disk or by somebody, is never sent."""

import json
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from imposters import IMPOSTERS, Imposter
from rpc.vault import MIB, PART, Person, Received, Vault, failure, some_bytes

DATA = some_bytes(PART + 2 * MIB + 5)
CORRUPT = "DATA_LOSS STORED_FILE_CORRUPT"
Damage = Callable[[list[Path]], None]


def flip(part: int, place: int) -> Damage:
    def damage(parts: list[Path]) -> None:
        data = bytearray(parts[part].read_bytes())
        data[place] ^= 1
        parts[part].write_bytes(data)

    damage.__name__ = f"flip_{part}_{place}"
    return damage


def rewrite(part: int, change: Callable[[bytes], bytes], name: str) -> Damage:
    def damage(parts: list[Path]) -> None:
        parts[part].write_bytes(change(parts[part].read_bytes()))

    damage.__name__ = name
    return damage


def swap_parts(parts: list[Path]) -> None:
    one, other = (path.read_bytes() for path in parts)
    parts[0].write_bytes(other)
    parts[1].write_bytes(one)


def repeat_part(parts: list[Path]) -> None:
    parts[1].write_bytes(parts[0].read_bytes())


def lose_part(parts: list[Path]) -> None:
    parts[1].unlink()


def lose_all(parts: list[Path]) -> None:
    for path in (*parts, *parts[0].parent.iterdir()):
        path.unlink(missing_ok=True)
    parts[0].parent.rmdir()


def replace_by(imposter: Imposter) -> Damage:
    def damage(parts: list[Path]) -> None:
        imposter(parts[1])

    damage.__name__ = f"replace_by_{imposter.__name__}"
    return damage


DAMAGES = [
    *(flip(0, place) for place in (0, 20, 39, 40, MIB - 1, MIB, 5 * MIB + 1, -1)),
    *(flip(1, place) for place in (0, 39, MIB + 3, -1)),
    rewrite(0, lambda data: data[:-1], "truncate_first"),
    rewrite(1, lambda data: data[:-1], "truncate_last"),
    rewrite(1, lambda data: data[:MIB], "cut_to_a_segment"),
    rewrite(1, lambda data: data + b"\0", "append"),
    rewrite(0, lambda data: data + data[-MIB:], "append_a_segment"),
    rewrite(0, lambda data: data[:100] + data[101:], "drop"),
    rewrite(0, lambda data: data[:100] + data[101:] + b"\0", "shift"),
    rewrite(0, lambda data: data[:MIB] + data[2 * MIB : 3 * MIB] + data[MIB : 2 * MIB] + data[3 * MIB :], "swap"),
    rewrite(0, lambda data: data[:MIB] + data[:MIB] + data[2 * MIB :], "repeat"),
    rewrite(1, lambda _: b"", "empty"),
    swap_parts,
    repeat_part,
    lose_part,
    lose_all,
    *map(replace_by, IMPOSTERS),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_damaged_files(vault: Vault, alice: Person, damage: Damage) -> None:
    """Whatever is done to the stored file, its download is data loss after nothing but right bytes."""
    asset_id = await alice.stored(DATA)
    damage(vault.blob_parts())
    got = Received()
    assert (await failure(got.receive(alice, asset_id))).brief == CORRUPT
    assert DATA.startswith(got.data)
    assert len(got.data) < len(DATA)


async def test_what_is_not_damaged_is_still_readable(vault: Vault, alice: Person) -> None:
    """A damaged segment costs only the ranges that touch it."""
    asset_id = await alice.stored(DATA)
    flip(0, 5 * MIB)(vault.blob_parts())
    assert await alice.download(asset_id, 0, 4 * MIB) == DATA[: 4 * MIB]
    assert await alice.download(asset_id, PART) == DATA[PART:]
    assert (await failure(alice.download(asset_id, 5 * MIB, 1))).brief == CORRUPT


async def test_parts_of_another_version(vault: Vault, alice: Person) -> None:
    """The parts of another asset with the same bytes, even all of them, are not this asset's."""
    asset_id = await alice.stored(DATA)
    folder = vault.blob_parts()[0].parent
    await alice.stored(DATA)
    other = next(path.parent for path in vault.blob_parts() if path.parent != folder)
    for name in ("1", "2"):
        (folder / name).write_bytes((other / name).read_bytes())
        got = Received()
        assert (await failure(got.receive(alice, asset_id))).brief == CORRUPT
        assert not got.data


# Any: the document as JSON has it.
Change = Callable[[dict[str, Any]], None]


def put(*path: str, value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        for name in path[:-1]:
            document = document[name]
        assert document[path[-1]] != value
        document[path[-1]] = value

    return change


def flip_key(document: dict[str, Any]) -> None:
    key = document["content"]["wrapped_key"]
    sealed = bytearray(b64decode(key["ciphertext"]))
    sealed[20] ^= 1
    key["ciphertext"] = b64encode(sealed).decode()


def cut_key(document: dict[str, Any]) -> None:
    key = document["content"]["wrapped_key"]
    key["ciphertext"] = b64encode(b64decode(key["ciphertext"])[:-1]).decode()


def shrink(document: dict[str, Any]) -> None:
    document["content"]["manifest"]["size"] = document["file"]["size_bytes"] = PART


def edit(vault: Vault, asset_id: str, change: Change) -> None:
    """Change the stored document behind the server's back."""
    with closing(sqlite3.connect(vault.folder / "emo.sqlite3")) as connection, connection:
        for rowid, text in connection.execute("SELECT rowid, document FROM assets").fetchall():
            document = json.loads(text)
            if document["asset_id"] == asset_id:
                change(document)
                connection.execute("UPDATE assets SET document = ? WHERE rowid = ?", (json.dumps(document), rowid))


@pytest.mark.parametrize(
    "change",
    [
        put("file", "size_bytes", value=5),
        put("file", "crc32c", value=5),
        put("file", "crc32c", value=None),
        put("content", "manifest", "size", value=PART),
        put("content", "manifest", "size", value=0),
        put("content", "manifest", "size", value=len(DATA) + 1),
        put("content", "manifest", "part_size", value=2 * PART),
        put("content", "manifest", "part_size", value=0),
        put("content", "manifest", "crc32c", value=5),
        put("content", "wrapped_key", "kek_id", value="0" * 16),
        put("content", "wrapped_key", "ciphertext", value=""),
        flip_key,
        cut_key,
        shrink,
    ],
)
async def test_changed_records(vault: Vault, alice: Person, change: Change) -> None:
    """Whatever of its record is changed, a file is data loss before its first byte, wherever the range begins."""
    asset_id = await alice.stored(DATA)
    edit(vault, asset_id, change)
    for offset in (0, PART + 1, len(DATA), len(DATA) + 1):
        got = Received()
        assert (await failure(got.receive(alice, asset_id, offset))).brief == CORRUPT
        assert got.header is None


@pytest.mark.parametrize("whole", [False, True])
async def test_the_record_of_another_file(vault: Vault, alice: Person, bob: Person, whole: bool) -> None:
    """A record that points at somebody else's bytes, even with their key, shows neither's bytes."""
    asset_id, other_id = await alice.stored(DATA), await bob.stored(DATA[::-1])
    taken: dict[str, Any] = {}
    edit(vault, other_id, taken.update)

    def point(document: dict[str, Any]) -> None:
        if whole:
            document["content"] = taken["content"]
            document["file"] = taken["file"]
        else:
            document["content"]["blob_key"] = taken["content"]["blob_key"]

    edit(vault, asset_id, point)
    got = Received()
    assert (await failure(got.receive(alice, asset_id))).brief == CORRUPT
    assert not got.data
    assert await bob.download(other_id) == DATA[::-1]


@pytest.mark.parametrize("document_too", [False, True])
async def test_who_writes_the_database_says_who_owns(
    vault: Vault, alice: Person, bob: Person, document_too: bool
) -> None:
    """A key is not bound to owners: another one in the index and the document reads the file, as the docs say."""
    asset_id = await alice.stored(b"mine")
    owners = [bytes.fromhex(person.user_id.replace("-", "")) for person in (bob, alice)]
    with closing(sqlite3.connect(vault.folder / "emo.sqlite3")) as connection, connection:
        connection.execute("UPDATE asset_owners SET owner_id = ? WHERE owner_id = ?", owners)
    if document_too:
        edit(vault, asset_id, put("owner_ids", value=[bob.user_id]))
        assert await bob.download(asset_id) == b"mine"
    else:
        assert (await failure(bob.download(asset_id))).brief == "DATA_LOSS ASSET_RECORD_CORRUPT"
    assert (await failure(alice.download(asset_id))).brief == "NOT_FOUND ASSET_NOT_FOUND"
