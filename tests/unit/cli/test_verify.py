"""`emo admin verify` on both sets of engines."""

import asyncio
import json
import os
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs
from typer.testing import Result

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.commands import CreateAsset
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.assets.domain.upload import Upload
from emo_grpc.assets.service_layer.integrity.file_check import Damage, Problem
from emo_grpc.assets.service_layer.integrity.verification import BrokenFile
from emo_grpc.assets.service_layer.inventory import all_assets, all_uploads
from emo_grpc.assets.service_layer.ports import PartReceipt
from emo_grpc.assets.service_layer.upload.received_chunk import ReceivedChunk
from emo_grpc.bootstrap.assets import AssetsContext, open_assets
from emo_grpc.bootstrap.engines import open_engines
from emo_grpc.bootstrap.secrets import fill_secrets
from emo_grpc.cli.admin.storage import findings
from emo_grpc.cli.admin.storage import verifier as verifying
from emo_grpc.cli.admin.storage.finding_formats import broken_file
from emo_grpc.cli.terminal import printing
from emo_grpc.settings import load_settings
from emo_grpc.shared.domain.ids import UserId
from s3_server import S3Server
from sinks import write
from stored import stored
from unit.cli.conftest import admin

T = TypeVar("T")
Change = Callable[[bytes], bytes]
ANN = UserId.new()
PART = 8 << 20
DAY = timedelta(days=1)


def flipped(data: bytes) -> bytes:
    """The same with one bit changed."""
    return data[:60] + bytes([data[60] ^ 4]) + data[61:]


@dataclass(frozen=True)
class Vault:
    """What the command is run on, by the settings in the environment. `change` works on the first part of a blob."""

    change: Callable[[BlobKey, Change], None]
    lose: Callable[[BlobKey], None]

    def on(self, work: Callable[[AssetsContext], Awaitable[T]]) -> T:
        """Do something with the service itself."""

        async def run() -> T:
            async with open_engines(fill_secrets(load_settings()).settings) as engines, open_assets(engines) as assets:
                return await work(assets)

        return asyncio.run(run())

    def store(self, *files: bytes, begun: bytes = b"") -> list[tuple[AssetId, BlobKey]]:
        """Upload some files, and only begin to upload another."""

        async def work(assets: AssetsContext) -> list[tuple[AssetId, BlobKey]]:
            ids = [await _upload(assets, data, finish=True) for data in files]
            ids += [await _upload(assets, begun, finish=False)] if begun else []
            inventory = assets.verification.inventory
            keys = {upload.asset_id: upload.blob_key async for upload in all_uploads(inventory)}
            keys |= {
                asset.asset_id: asset.content.blob_key
                async for asset in all_assets(inventory)
                if isinstance(asset, Asset) and asset.content
            }
            return [(asset_id, keys[asset_id]) for asset_id in ids]

        return self.on(work)

    def orphans(self, *keys: BlobKey, begun: BlobKey | None = None) -> None:
        """Store objects behind the back of the database, and begin another."""

        async def work(assets: AssetsContext) -> None:
            blobs = assets.files.blobs
            for key in keys:
                handle = await blobs.begin(key)
                sink = blobs.open_part(key, handle, 1, 1)
                write(sink, b"orphan")
                await blobs.complete(key, handle, [PartReceipt(1, sink.commit())])
            if begun is not None:
                await blobs.begin(begun)

        self.on(work)

    def in_store(self) -> tuple[set[BlobKey], set[BlobKey]]:
        """The keys of complete and of unfinished objects."""

        async def work(assets: AssetsContext) -> tuple[set[BlobKey], set[BlobKey]]:
            blobs = assets.files.blobs
            complete = {blob.key async for blob in blobs.list_complete()}
            return complete, {blob.key async for blob in blobs.list_unfinished()}

        return self.on(work)


async def _upload(assets: AssetsContext, data: bytes, *, finish: bool) -> AssetId:
    made = await assets.bus.handle(CreateAsset(ANN, Description(title="x"), File(name="x")))
    async with assets.uploads.open(ANN, made, 0) as writer:
        await writer.write(ReceivedChunk.of(data, None))
        await (writer.finish(None) if finish else writer.pause())
    return made


def embedded(folder: Path) -> Vault:
    def file(key: BlobKey) -> Path:
        return folder / "files" / "blobs" / str(key)[:2] / str(key) / "1"

    def change(key: BlobKey, changed: Change) -> None:
        data = file(key).read_bytes()
        file(key).write_bytes(changed(data))

    return Vault(change, lambda key: file(key).unlink())


def shared(server: S3Server, bucket: str) -> Vault:
    # Any: boto3 ships no types.
    def name(key: BlobKey) -> dict[str, Any]:
        return {"Bucket": bucket, "Key": f"assets/{key}"}

    def change(key: BlobKey, changed: Change) -> None:
        data = server.client().get_object(**name(key))["Body"].read()
        server.client().put_object(**name(key), Body=changed(data))

    return Vault(change, lambda key: server.client().delete_object(**name(key)))


@pytest.fixture
def vault(data_folder: Path) -> Vault:
    """On SQLite and a folder."""
    return embedded(data_folder)


@pytest.fixture(params=["embedded", "shared"])
def either(request: pytest.FixtureRequest, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """On SQLite and a folder, or on MongoDB and S3."""
    if request.param == "embedded":
        return vault
    server, location = request.getfixturevalue("s3"), request.getfixturevalue("s3_location")
    for name, value in {
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "DATA_KEY_ENCRYPTION_KEY": b64encode(secrets.token_bytes(32)).decode(),
        "MONGODB_URL": request.getfixturevalue("mongod_url"),
        "MONGODB_DATABASE": f"emo_{secrets.token_hex(8)}",
        "ASSET_S3_URL": location.url,
        "ASSET_S3_REGION": location.region,
        "ASSET_S3_BUCKET": location.bucket,
        "ASSET_S3_ACCESS": location.access_key,
        "ASSET_S3_SECRET": location.secret_key,
    }.items():
        monkeypatch.setenv(name, value)
    return shared(server, location.bucket)


def verify(*options: str) -> Result:
    return admin("verify", *options)


def rows(done: Result) -> dict[str, tuple[str, str]]:
    """(problem, owner) by id."""
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {line[0]: (line[1], line[2]) for line in lines if len(line) == 3}


def test_all_is_well(vault: Vault) -> None:
    """Complete files, of any size, and an upload under way are as they should be, however one looks."""
    *_, (begun, _) = vault.store(b"", b"abc", bytes(PART + 5), begun=bytes(PART))
    for options in ((), ("--quick",), ("--remove-orphans",)):
        done = verify(*options)
        said = "The files of 4 assets are as they were stored.\n"
        assert (done.exit_code, done.stdout, done.stderr) == (0, said, "")
    assert verify("--json").stdout == ""
    assert verify("--asset", str(begun)).exit_code == 0


def test_damaged_and_missing_files(either: Vault) -> None:
    """Each is named with its owner and what is wrong; what changes its size, even without reading it."""
    (kept, _), flip, drop, append, lost, begun = either.store(*[b"x" * 100] * 5, begun=bytes(PART))
    either.change(flip[1], flipped)
    either.change(drop[1], lambda data: data[:-1])
    either.change(append[1], lambda data: data + b"\0")
    either.lose(lost[1])
    either.on(_abort_uploads)
    done = verify()
    assert done.exit_code == 9
    assert done.stderr == "emo: 5 problems in the files of 6 assets\n"
    told = rows(done)
    assert {owner for _, owner in told.values()} == {str(ANN)}
    assert {asset_id: problem.split()[-1] for asset_id, (problem, _) in told.items()} == {
        str(flip[0]): "damaged",
        str(drop[0]): "damaged",
        str(append[0]): "damaged",
        str(lost[0]): "missing",
        str(begun[0]): "missing",
    }
    quick = verify("--quick", "--json")
    assert quick.exit_code == 9
    contents = {content["asset_id"]: content for content in map(json.loads, quick.stdout.splitlines())}
    assert set(contents) == set(told) - {str(flip[0])}
    assert contents[str(begun[0])] == {
        "kind": "upload",
        "asset_id": str(begun[0]),
        "owner_ids": [str(ANN)],
        "blob_key": str(begun[1]),
        "problems": [{"problem": "missing", "parts": []}],
    }
    assert verify("--asset", str(kept)).exit_code == 0
    assert verify("--asset", str(flip[0])).exit_code == 9


async def _abort_uploads(assets: AssetsContext) -> None:
    async for upload in all_uploads(assets.verification.inventory):
        assert isinstance(upload, Upload)
        await assets.files.blobs.abort(upload.blob_key, upload.upload_handle)


def test_orphans_are_removed_and_nothing_else(either: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects and uploads that the database does not know go; damaged files and an upload under way stay."""
    (_, ready), (_, damaged), (_, begun) = either.store(b"abc", b"x" * 100, begun=bytes(PART))
    either.change(damaged, flipped)
    complete, unfinished = BlobKey.new(), BlobKey.new()
    either.orphans(complete, begun=unfinished)
    monkeypatch.setattr(verifying, "ORPHAN_AGE", timedelta(seconds=-2))
    told = verify("--quick")
    assert rows(told) == {str(complete): ("orphan object", ""), str(unfinished): ("orphan upload", "")}
    assert told.stderr == "emo: 2 orphans in the file store; --remove-orphans removes old ones\n"
    removed = verify("--remove-orphans", "--json")
    assert removed.exit_code == 9  # of the damaged file
    contents = [json.loads(line) for line in removed.stdout.splitlines()]
    assert {(content["kind"], content.get("removed")) for content in contents} == {
        ("file", None),
        ("orphan object", True),
        ("orphan upload", True),
    }
    assert either.in_store() == ({ready, damaged}, {begun})


def test_young_orphans_are_kept(vault: Vault, tmp_path: Path) -> None:
    """They may be on their way into the database still: a day makes the difference."""
    vault.store(b"abc")
    young, old, unfinished = BlobKey.new(), BlobKey.new(), BlobKey.new()
    vault.orphans(young, old, begun=unfinished)
    for key, age in ((young, 0.9 * DAY), (old, 1.1 * DAY)):
        time = (datetime.now(UTC) - age).timestamp()
        os.utime(tmp_path / "data" / "files" / "blobs" / str(key)[:2] / str(key), (time, time))
    done = verify("--remove-orphans")
    assert done.exit_code == 0
    assert rows(done) == {str(young): ("orphan object", ""), str(old): ("orphan object, removed", "")}
    assert "1 orphan in the file store; too young to be removed" in done.stderr
    complete, begun = vault.in_store()
    assert (young in complete, old in complete, begun) == (True, False, {unfinished})


def test_a_database_without_assets_removes_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the wrong one, for all that can be told."""
    key = BlobKey.new()
    vault.orphans(key)
    monkeypatch.setattr(verifying, "ORPHAN_AGE", timedelta(seconds=-2))
    done = verify("--remove-orphans")
    assert (done.exit_code, done.stdout) == (5, "")
    assert "wrong one" in done.stderr
    assert vault.in_store() == ({key}, set())


def test_the_store_of_another_database_loses_nothing(either: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """All its files and uploads would be orphans to this one: neither people nor the sweeper remove any."""
    monkeypatch.setattr(verifying, "ORPHAN_AGE", timedelta(seconds=-2))
    monkeypatch.setattr("emo_grpc.bootstrap.assets.ORPHAN_AGE", timedelta(seconds=-2))
    owner, complete, unfinished = uuid4(), BlobKey.new(), BlobKey.new()
    ((_, ready),) = either.store(b"abc")
    either.orphans(complete, begun=unfinished)
    either.on(lambda assets: assets.files.blobs.claim(owner))
    done = verify("--remove-orphans")
    assert (done.exit_code, done.stdout) == (5, "")
    assert f"no orphans are removed: the file store belongs to the database {owner}" in done.stderr
    with capture_logs() as logs:
        either.on(lambda assets: assets.sweep())
    assert "no orphaned uploads are dropped" in [entry["event"] for entry in logs]
    assert either.in_store() == ({ready, complete}, {unfinished})


def test_the_sweeper_warns_of_orphans(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It removes uploads that are orphans, and only tells how many objects of the prefix whose turn it is are some."""
    monkeypatch.setattr("emo_grpc.bootstrap.assets.ORPHAN_AGE", timedelta(seconds=-2))
    monkeypatch.setattr("emo_grpc.bootstrap.assets.prefix_at", lambda _: "6f")
    keys = {BlobKey(UUID(f"{prefix}{secrets.token_hex(15)}")) for prefix in ("6f", "70")}
    vault.orphans(*keys, begun=BlobKey.new())
    with capture_logs() as logs:
        vault.on(lambda assets: assets.sweep())
    assert [(entry["log_level"], entry["count"]) for entry in logs] == [("warning", 1)]
    assert vault.in_store() == (keys, set())


def test_what_is_asked_for_wrongly(vault: Vault) -> None:
    """Each with the exit code that the same has elsewhere."""
    vault.store(b"abc")
    unknown = verify("--asset", str(AssetId.new()))
    assert unknown.exit_code == 4
    assert unknown.stderr.startswith("emo: there is no asset ")
    assert verify("--asset", "nonsense").exit_code == 6
    assert verify("--asset", str(AssetId.new()), "--remove-orphans").exit_code == 2


def test_a_damaged_record_is_named(vault: Vault, tmp_path: Path) -> None:
    """Its owner and its file are known still; the others are looked at as ever, with and without --quick."""
    (bad, key), (_, _), (begun, _) = vault.store(b"abc", b"de", begun=bytes(PART))
    with stored(tmp_path / "data") as connection:
        for table, asset_id in (("assets", bad), ("uploads", begun)):
            damaged = f"UPDATE {table} SET document = substr(document, 2) WHERE asset_id = ?"
            connection.execute(damaged, (asset_id.value.bytes,))
    for options in ((), ("--quick",)):
        done = verify(*options)
        assert (done.exit_code, done.stderr) == (9, "emo: 2 problems in the files of 3 assets\n")
        found = rows(done)
        assert found[str(bad)] == ("record damaged", str(ANN))
        assert found[str(begun)] == ("upload: record damaged", "")
    (told,) = [json.loads(line) for line in verify("--asset", str(bad), "--json").stdout.splitlines()]
    assert (told["kind"], told["blob_key"]) == ("file", str(key))
    assert told["problems"] == [{"problem": "record damaged", "parts": []}]


def test_a_document_of_a_later_release(vault: Vault, tmp_path: Path) -> None:
    """It is not passed over in silence."""
    vault.store(b"abc")
    with stored(tmp_path / "data") as connection:
        connection.execute("UPDATE assets SET document = json_set(document, '$.schema_version', 99)")
    done = verify()
    assert (done.exit_code, "schema version 99" in done.stderr) == (1, True)


def test_a_document_that_names_another_asset(vault: Vault, tmp_path: Path) -> None:
    """It comes to its turn like any other, and does not send the walk in circles."""
    vault.store(b"abc", b"def")
    with stored(tmp_path / "data") as connection:
        connection.execute("UPDATE assets SET document = json_set(document, '$.asset_id', ?)", (str(UUID(int=0)),))
    assert verify().stdout == "The files of 2 assets are as they were stored.\n"


def test_a_table_for_people(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets a table at the end, no longer than a person reads."""
    broken = sorted(vault.store(b"abc", b"def"))
    for _, key in broken:
        vault.lose(key)
    monkeypatch.setattr(findings, "MAX_ROWS", 1)
    monkeypatch.setenv("COLUMNS", "120")
    for module in (findings, printing):
        monkeypatch.setattr(module, "is_terminal", lambda: True)
    done = verify()
    assert done.stdout.splitlines()[0].split() == ["ID", "Problem", "Owner"]
    assert str(broken[0][0]) in done.stdout
    assert "missing" in done.stdout
    assert str(broken[1][0]) not in done.stdout
    assert "the first 1 of 2" in done.stderr


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([0], "missing"),
        ([3], "part 3 missing"),
        ([1, 2, 3, 4, 5], "parts 1, 2, 3, 4, 5 missing"),
        ([1, 2, 3, 4, 5, 6, 9], "parts 1, 2, 3, 4, 5 and 2 more missing"),
    ],
)
def test_parts_in_words(parts: list[int], words: str) -> None:
    """A file of thousands of parts is told of in one line."""
    damages = tuple(Damage(part, Problem.MISSING) for part in parts)
    broken = BrokenFile(AssetId.new(), (ANN,), None, is_upload=False, damages=damages)
    assert broken_file(broken).row[1] == words
    assert broken_file(replace(broken, is_upload=True)).row[1] == f"upload: {words}"
