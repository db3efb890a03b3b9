"""`emo admin check` of what is on other machines, with each fault made for real."""

import asyncio
import base64
import json
import os
import re
import secrets
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pymongo
import pytest
from moto.core import set_initial_no_auth_action_count

from e2e.emo_process import EmoProcess
from emo_grpc.assets.adapters.s3.bucket import S3Bucket, S3Location
from emo_grpc.assets.adapters.s3.bucket_check import BucketUnusable
from emo_grpc.assets.adapters.s3.bucket_probe import probe_bucket
from emo_grpc.cli.admin.checks import checking
from emo_grpc.preflight.clocks import compared
from emo_grpc.shared.adapters.mongo.documents import Document
from emo_grpc.shared.domain.errors import Unavailable
from identity_provider import AUDIENCE, IdentityProvider
from mongod import Mongod, running_mongod
from s3_server import S3Server, running_moto
from smtp_server import PASSWORD, SENDER, MailServer, running_mail_server
from unit.cli.checked import check, forget_settings
from web_server import json_answer, web_server

KEYS = {
    "JWT_SECRET_KEY": secrets.token_hex(32),
    "DATA_KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode(),
}


@pytest.fixture(autouse=True)
def only_this(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    """Settings of these tests come from nowhere else."""
    forget_settings(monkeypatch, data_folder)


def given(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def of_bucket(location: S3Location) -> dict[str, str]:
    """Settings for it."""
    return {
        "ASSET_S3_URL": location.url or "",
        "ASSET_S3_REGION": location.region or "",
        "ASSET_S3_BUCKET": location.bucket,
        "ASSET_S3_ACCESS": location.access_key or "",
        "ASSET_S3_SECRET": location.secret_key or "",
    }


def test_shared_engines(
    mongod_url: str, s3: S3Server, s3_location: S3Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is tried in MongoDB and in the bucket, and nothing is left there."""
    database = f"emo_{secrets.token_hex(8)}"
    given(monkeypatch, KEYS | of_bucket(s3_location) | {"MONGODB_URL": mongod_url, "MONGODB_DATABASE": database})
    done = check()
    assert (done.exit_code, {name: rows for name, rows in done.bad.items() if name != "MongoDB"}) == (0, {})
    assert "folder" not in done.rows
    assert [message for _, message, _ in done.rows["MongoDB"]][:2] == [
        "replica set rs0 of 1 member",
        f"database {database}: collections, indexes and transactions",
    ]
    assert done.rows["clock of MongoDB"] == [("ok", "agrees with MongoDB", "")]
    assert done.rows["S3"] == [("ok", f"bucket {s3_location.bucket}: written, read, listed and deleted", "")]
    assert done.rows["clock of S3"] == [("ok", "agrees with the S3 store", "")]
    with pymongo.MongoClient[Document](mongod_url) as client:
        assert client[database].list_collection_names() == []
    assert s3.client().list_objects_v2(Bucket=s3_location.bucket).get("Contents", []) == []
    assert s3.client().list_multipart_uploads(Bucket=s3_location.bucket).get("Uploads", []) == []


def test_clocks(mongod_url: str, s3_location: S3Location, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is seconds away from those of the engines fails."""
    given(monkeypatch, KEYS | of_bucket(s3_location) | {"MONGODB_URL": mongod_url})
    monkeypatch.setattr(checking, "utc_now", lambda: datetime.now(UTC) - timedelta(seconds=30))
    done = check()
    for name in ("clock of MongoDB", "clock of S3"):
        ((result, message),) = done.bad[name]
        assert result == "fail"
        assert re.match(r"this machine's clock is \d+ s behind that of ", message)


NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "unit", "result", "message"),
    [
        (0, 0, "ok", "agrees with X"),
        (-1.9, 0, "ok", "agrees with X"),
        (-2.9, 1, "ok", "agrees with X"),
        (-2, 0, "warn", "this machine's clock is 2 s ahead of that of X"),
        (5.9, 0, "ok", "agrees with X"),
        (6, 0, "warn", "this machine's clock is 2 s behind that of X"),
        (-9.9, 0, "warn", "this machine's clock is 10 s ahead of that of X"),
        (-10, 0, "fail", "this machine's clock is 10 s ahead of that of X"),
        (14, 0, "fail", "this machine's clock is 10 s behind that of X"),
    ],
)
def test_a_clock_that_answers_late(told: float, unit: float, result: str, message: str) -> None:
    """What it told four seconds after it was asked may be from any moment between; a whole second from any in it."""
    found = compared(NOON + timedelta(seconds=told), NOON, NOON + timedelta(seconds=4), "X", unit_seconds=unit)
    assert (found.result, found.message) == (result, message)


def test_a_mongod_without_a_replica_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no transactions: what to do is said, and all other checks are made."""
    mongod = Mongod(tmp_path)
    try:
        mongod.start()
        given(monkeypatch, KEYS | {"MONGODB_URL": mongod.url})
        done = check()
    finally:
        mongod.kill()
    assert done.exit_code == 1
    assert "start mongod with --replSet rs0" in done.bad["MongoDB"][0][1]
    assert done.rows["mail"][0][0] == "ok"
    assert done.error == "emo: 4 checks of 9 failed\n"


def test_a_user_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The role that a user of MongoDB lacks is named; one that has it may do all."""
    key = tmp_path / "key"
    key.write_text("c2VjcmV0")
    key.chmod(0o600)
    with running_mongod(tmp_path / "mongo", "--keyFile", str(key)) as mongod:
        with pymongo.MongoClient[Document](mongod.url) as client:
            roles = [{"role": "readWrite", "db": "emo"}]
            client.admin.command("createUser", "root", pwd="secret", roles=["root"])
        with pymongo.MongoClient[Document](mongod.url.replace("//", "//root:secret@")) as client:
            client.admin.command("createUser", "reader", pwd="secret", roles=[{"role": "read", "db": "emo"}])
            client.admin.command("createUser", "writer", pwd="secret", roles=roles)
        found = {}
        for user in ("reader", "writer", "reader:wrong"):
            name, _, password = user.partition(":")
            monkeypatch.setenv("MONGODB_URL", mongod.url.replace("//", f"//{name}:{password or 'secret'}@"))
            found[user] = check()
    assert "may not use the database emo: give it the role readWrite on it" in found["reader"].bad["MongoDB"][0][1]
    assert all(result != "fail" for result, *_ in found["writer"].rows["MongoDB"])
    assert "does not accept the user and password" in found["reader:wrong"].bad["MongoDB"][0][1]


DENIED = {
    "s3:DeleteObject": "delete",
    "s3:GetObject": "read",
    "s3:ListBucket": "list objects",
    "s3:AbortMultipartUpload": "abort multipart uploads",
}


def allowed_but(iam: Any, location: S3Location, action: str) -> S3Location:
    """The bucket, for a user who may do all but this. Any: boto3 ships no types."""
    user = f"user-{secrets.token_hex(4)}"
    iam.create_user(UserName=user)
    rules = [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": action, "Resource": "*"}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": rules})
    iam.put_user_policy(UserName=user, PolicyName="all-but", PolicyDocument=policy)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return replace(location, access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"])


def test_rights_in_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the access key may not do is named, and so is a bucket that is none."""
    with running_moto() as server:
        bucket = server.new_bucket()
        login = {"aws_access_key_id": server.access_key, "aws_secret_access_key": server.secret_key}
        iam = boto3.client("iam", endpoint_url=server.url, region_name="us-east-1", **login)
        locations = {action: allowed_but(iam, bucket, action) for action in DENIED}
        found: dict[str, str] = {}

        @set_initial_no_auth_action_count(0)
        def probe_all() -> None:
            for action, location in locations.items():
                with closing(S3Bucket(location)) as opened, pytest.raises(BucketUnusable) as caught:
                    probe_bucket(opened)
                found[action] = str(caught.value)
            given(monkeypatch, of_bucket(locations["s3:DeleteObject"]))
            told.extend(check().bad["S3"])

        told: list[tuple[str, str]] = []
        probe_all()
        given(monkeypatch, of_bucket(bucket) | {"ASSET_S3_BUCKET": "emo-nowhere"})
        nowhere = check().bad["S3"][0][1]
    may_not = "the access key may not {} in the bucket " + bucket.bucket
    assert found == {action: may_not.format(doing) for action, doing in DENIED.items()}
    assert told == [("fail", may_not.format("delete"))]
    assert "there is no bucket emo-nowhere" in nowhere


class Forgetting(S3Bucket):
    """As a store that says it has what it has not."""

    def complete_upload(self, name: str, upload_id: str, etags: Mapping[int, str]) -> None:
        super().complete_upload(name, upload_id, etags)
        super().delete(name)


def test_a_store_that_forgets(s3_location: S3Location) -> None:
    """What was taken and is not there any more is told."""
    with closing(Forgetting(s3_location)) as bucket, pytest.raises(Unavailable, match="does not have what it took"):
        probe_bucket(bucket)


def of_mail(server: MailServer, password: str = PASSWORD, security: str = "none") -> dict[str, str]:
    """Settings for it."""
    return {
        "EMAIL_SMTP_SERVER": "127.0.0.1",
        "EMAIL_SMTP_PORT": str(server.port),
        "EMAIL_SMTP_SECURITY": security,
        "EMAIL_SENDER_ADDRESS": f"Emo <{SENDER}>",
        "EMAIL_SENDER_PASSWORD": password,
    }


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login and the sender are tried, and no mail is sent; what is refused names the setting to correct."""
    found = {}
    async with running_mail_server(MailServer(), wants_login=True) as server:
        for password in (PASSWORD, "wrong", ""):
            given(monkeypatch, of_mail(server, password))
            found[password] = (await asyncio.to_thread(check)).rows["mail"]
        given(monkeypatch, of_mail(server, security="starttls"))
        found["starttls"] = (await asyncio.to_thread(check)).rows["mail"]
    assert found == {
        PASSWORD: [("ok", f"127.0.0.1:{server.port} takes the login and the sender", "")],
        "wrong": [
            ("fail", "the mail server does not accept the address and password", "correct EMAIL_SENDER_PASSWORD")
        ],
        "": [("fail", "the mail server wants a login", "correct EMAIL_SENDER_PASSWORD")],
        "starttls": [
            ("fail", "the mail server offers no STARTTLS, or no login, on this port", "correct EMAIL_SMTP_SECURITY")
        ],
    }
    assert server.envelopes == []


def trusted(name: str, url: str) -> str:
    """An issuer in TOML."""
    return f'[[issuer]]\nissuer = "{name}"\naudience = "{AUDIENCE}"\njwks_url = "{url}"\nalgorithms = ["EdDSA"]\n'


def test_issuers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each has a row: whose keys can be had, and whose can't."""
    provider, file = IdentityProvider(), tmp_path / "issuers.toml"
    with (
        web_server(json_answer(json.dumps(provider.jwks).encode())) as there,
        web_server(json_answer(b'{"keys": []}')) as empty,
    ):
        urls = {"good": f"{there}/keys", "empty": empty, "away": "http://127.0.0.1:9"}
        file.write_text("".join(map(trusted, urls, urls.values())))
        monkeypatch.setenv("TRUSTED_ISSUERS_FILE", str(file))
        done = check()
    assert done.exit_code == 1
    assert done.rows["issuer good"] == [("ok", f"1 key at {there}/keys", "")]
    for name in ("empty", "away"):
        ((result, message),) = done.bad[f"issuer {name}"]
        assert (result, message.split(":")[0]) == ("fail", "its keys can't be read from http")


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield listener.getsockname()[1]


def test_nobody_answers(silent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hangs is named, all others have their rows, and the command ends."""
    url = f"http://127.0.0.1:{silent}"
    file = tmp_path / "issuers.toml"
    file.write_text(trusted("x", url))
    given(
        monkeypatch, KEYS | of_bucket(S3Location("emo", url, "us-east-1", "a", "b")) | of_mail(MailServer(port=silent))
    )
    given(monkeypatch, {"MONGODB_URL": f"mongodb://127.0.0.1:{silent}", "TRUSTED_ISSUERS_FILE": str(file)})
    done = EmoProcess(tmp_path).run("admin", "check", "--json", "--timeout", "2", code=1)
    rows = {row["check"]: row["message"] for row in json.loads(done.stdout)}
    hung = [name for name, message in rows.items() if message == "no answer in 2 s"]
    assert hung[:7] == ["MongoDB", "clock of MongoDB", "S3", "clock of S3", "stored keys", "schema versions", "mail"]
    assert list(rows) == ["settings", "keys", *hung[:7], "issuer x"]
    assert (rows["settings"], rows["keys"]) == ("all are right; ENVIRONMENT is dev", "1 for data, 1 for tokens")
    assert done.stderr.decode() == "emo: 8 checks of 10 failed\n"


HANGING = """
import asyncio, time
from emo_grpc.cli.app import app
from emo_grpc.preflight.finding import Check
from emo_grpc.preflight.plan import Plan

Plan.checks = lambda _: [Check("stuck", lambda: asyncio.to_thread(time.sleep, 3600))]
app(["admin", "check", "--timeout", "0.5"])
"""


def test_a_call_into_the_system_that_never_ends(tmp_path: Path) -> None:
    """As on a network drive that is gone: the command ends all the same, though no thread can be made to."""
    done = EmoProcess(tmp_path, command=(sys.executable, "-c", HANGING)).run(code=1)
    assert done.stdout.decode().splitlines()[1:] == ["stuck\tfail\tno answer in 0.5 s\t"]
    assert done.stderr.decode() == "emo: 1 check of 2 failed\n"
