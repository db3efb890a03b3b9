"""What is left of somebody who was removed."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pymongo
from structlog.testing import capture_logs

from emo.assets.v1 import assets_pb2
from emo.users.v1 import users_pb2
from emo_grpc.shared.domain.ids import UserId
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.users.domain.events import NewDeviceUsed
from emo_grpc.users.domain.user import Role
from rpc.audit.trail import all_events, my_activity
from rpc.services import Backend, bearer
from rpc.vault import PASSWORD, Person, Vault, failure

ADDRESS, NAME, PUBLIC_NAME, DEVICE, REQUEST = (
    "wilhelmina@example.org", "wilhelmina", "Wilhelmina the First", "phone of Wilhelmina", "request-of-wilhelmina",
)  # fmt: skip


async def live(vault: Vault) -> tuple[Person, set[UUID]]:
    """Have an account in which all has happened that leaves a trace; gives who it is, and the ids of what they had."""
    caller = vault.channel()
    users: Any = (await vault.person("helper")).users
    request_id = str(uuid4())
    register = users_pb2.RegisterUserRequest(
        username=NAME, email=ADDRESS, password=PASSWORD, public_name=PUBLIC_NAME, request_id=request_id
    )
    user_id = (await users.RegisterUser(register)).user_id
    login = users_pb2.LoginRequest(email=ADDRESS, password=PASSWORD, device_id=DEVICE)
    tokens = (await users.Login(login, metadata=(("x-request-id", REQUEST),))).tokens
    person = Person(user_id, tokens, caller, vault.upload_channel())
    await failure(users.Login(users_pb2.LoginRequest(username=NAME, password="wrong", device_id=DEVICE)))
    again = assets_pb2.CreateAssetRequest(asset=assets_pb2.Asset(title=PUBLIC_NAME), request_id=str(uuid4()))
    again.asset.file.name = f"{NAME}.jpg"
    assets = [await person.stored(b"letter"), await person.paused(b"half"), await person.create(3)]
    assets.append((await person.call("CreateAsset", again)).asset_id)
    change = users_pb2.RequestEmailChangeRequest(new_email=f"new-{ADDRESS}")
    await person.users.RequestEmailChange(change, metadata=person.metadata)
    await users.RequestPasswordReset(users_pb2.RequestPasswordResetRequest(email=ADDRESS))
    printer = await Backend.of(vault, ServicePermission.ACT_FOR_USERS)
    await person.users.GetMe(users_pb2.GetMeRequest(), metadata=bearer(await printer.token_for(user_id)))
    sessions: Any = await person.users.ListSessions(users_pb2.ListSessionsRequest(), metadata=person.metadata)
    assert len(sessions.sessions) == 2
    await _give_up_a_mail(vault, user_id)
    ids = [user_id, *assets, *(each.session_id for each in sessions.sessions), request_id, again.request_id]
    return person, set(map(UUID, ids))


async def _give_up_a_mail(vault: Vault, user_id: str) -> None:
    """A dead letter, as one is left by a mail server that takes no mail for this address."""
    used = NewDeviceUsed(UserId(UUID(user_id)), device_id=DEVICE, peer="192.0.2.7", login_time=utc_now())
    row = OutboxRow(uuid4(), "send_new_device_mail", used, utc_now(), attempts=1, error="refused", is_dead=True)
    assert await vault.parts.engines.outbox.import_row(row)


def forms(ids: Iterable[UUID]) -> list[bytes]:
    """The ways in which ids are written."""
    return [form for each in ids for form in (str(each).encode(), each.bytes, each.hex.encode())]


def stored_bytes(vault: Vault) -> bytes:
    """All that the engines hold: each document of each collection, or each byte of the database, and all files."""
    files = b"".join(path.read_bytes() for path in _files(vault.folder))
    settings = vault.parts.engines.settings
    if not settings.has_shared_metadata:
        return files
    with pymongo.MongoClient[dict[str, Any]](settings.mongodb_url.get_secret_value()) as client:
        database = client[settings.mongodb_database]
        raw = client.codec_options.with_options(document_class=dict)
        names = database.list_collection_names()
        found = [document for name in names for document in database.get_collection(name, raw).find()]
    return files + repr(found).encode() + json.dumps(found, default=_in_hex).encode()


def _in_hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _files(folder: Path) -> list[Path]:
    """With the names of those of the blob store; the mails are out of the house, where there is a mail server."""
    return [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "mail"]


async def everything_after(vault: Vault) -> bytes:
    """What is stored once all that follows from a removal is done: at once, but for traces that the sweep empties."""
    await vault.parts.engines.audit_writer.settled()
    await vault.deliver()
    await vault.parts.sweep()
    return stored_bytes(vault) + repr(_files(vault.folder)).encode()


async def test_nothing_is_left_but_pseudonyms(vault: Vault) -> None:
    """Who removes their account leaves no address, name or id: in no table, file, event, remembered request, entry."""
    root = await vault.person("root", Role.ADMIN)
    person, ids = await live(vault)
    before = stored_bytes(vault)
    for text in (ADDRESS, NAME, PUBLIC_NAME, DEVICE):
        assert text.encode() in before, text
    assert all(any(form in before for form in forms([each])) for each in ids)
    events = [*await my_activity(person), *await all_events(root, user_id=person.user_id)]
    assert {REQUEST, "127.0.0.1"} <= {value for event in events for value in (event.request_id, event.peer)}
    pseudonym = events[-1].account.pseudonym
    await person.users.DeleteMe(users_pb2.DeleteMeRequest(password=PASSWORD), metadata=person.metadata)
    after = await everything_after(vault)
    for text in (ADDRESS, NAME, PUBLIC_NAME, DEVICE, REQUEST, "192.0.2.7"):
        assert text.encode() not in after, text
    assert [form for form in forms(ids) if form in after] == []
    root = await vault.logged_in("root", root.user_id)
    left = await all_events(root, pseudonym=pseudonym, page_size=100)
    assert len(left) == 7
    for event in left:
        assert (event.account.user_id, event.peer, event.request_id, dict(event.details)) == ("", "", "", {})


async def test_who_is_removed_by_an_administrator_leaves_no_more(vault: Vault) -> None:
    """Nor does the administrator's own entry say who it was."""
    root = await vault.person("root", Role.ADMIN)
    person, ids = await live(vault)
    request = users_pb2.RemoveUserRequest(user_id=person.user_id, reason="asked for it")
    await root.users.RemoveUser(request, metadata=root.metadata)
    after = await everything_after(vault)
    for text in (ADDRESS, NAME, PUBLIC_NAME, DEVICE, REQUEST, "192.0.2.7"):
        assert text.encode() not in after, text
    assert [form for form in forms(ids) if form in after] == []


async def test_old_mails_that_were_given_up_are_swept(vault: Vault) -> None:
    """The sweep drops them after 90 days, and says in one line how many."""
    person = await vault.person("ana")
    await _give_up_a_mail(vault, person.user_id)
    vault.clock.ahead += timedelta(days=89)
    await vault.parts.sweep()
    assert len(await vault.parts.engines.outbox.dead_letters(9)) == 1
    vault.clock.ahead += timedelta(days=1, minutes=1)
    with capture_logs() as lines:
        await vault.parts.sweep()
    assert await vault.parts.engines.outbox.dead_letters(9) == []
    assert [line["count"] for line in lines if "given up for good" in line["event"]] == [1]
