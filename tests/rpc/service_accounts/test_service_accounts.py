"""What administrators do with service accounts, over a real server on SQLite."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from emo.options.v1 import options_pb2
from emo.service_accounts.v1 import service_accounts_pb2 as pb
from emo.service_accounts.v1.service_accounts_pb2_grpc import ServiceAccountsServiceStub
from emo_grpc.shared.service_layer.clock import utc_now
from emo_grpc.users.domain.user import Role
from rpc.vault import Vault, failure

READ_ALL, ADMIN = options_pb2.SERVICE_PERMISSION_READ_ALL, options_pb2.SERVICE_PERMISSION_ADMIN


class Administrator:
    """Calls ServiceAccountsService. Any: grpc's stub types say nothing of metadata."""

    def __init__(self, stub: Any, metadata: Any) -> None:
        self.stub = stub
        self.metadata = metadata

    @classmethod
    async def of(cls, vault: Vault) -> "Administrator":
        person = await vault.person("root", Role.ADMIN)
        return cls(ServiceAccountsServiceStub(person.channel), person.metadata)

    def call(self, name: str, **fields: Any) -> Any:
        return getattr(self.stub, name)(getattr(pb, f"{name}Request")(**fields), metadata=self.metadata)

    async def create(self, name: str = "printer", request_id: str = "", **fields: Any) -> str:
        account = pb.ServiceAccount(name=name, **fields)
        made = await self.call("CreateServiceAccount", service_account=account, request_id=request_id)
        return str(made.service_account_id)

    async def get(self, account: str) -> pb.ServiceAccount:
        found: pb.GetServiceAccountResponse = await self.call("GetServiceAccount", service_account_id=account)
        return found.service_account


async def test_makes_and_shows_them(vault: Vault) -> None:
    """What was said of it is shown, with its keys and nothing of their secrets; lists are latest first, in pages."""
    root = await Administrator.of(vault)
    networks = ["192.0.2.0/24", "2001:db8::/32"]
    printer = await root.create(description="prints", permissions=[ADMIN, READ_ALL], networks=networks)
    key = await root.call("CreateServiceKey", service_account_id=printer)
    shown = await root.get(printer)
    assert (shown.name, shown.description, list(shown.networks)) == ("printer", "prints", networks)
    assert (list(shown.permissions), shown.state) == ([READ_ALL, ADMIN], pb.SERVICE_ACCOUNT_STATE_ACTIVE)
    assert [each.key_id for each in shown.keys] == [key.key_id]
    assert not shown.keys[0].HasField("expire_time")
    assert not shown.keys[0].HasField("last_used_time")
    other = await root.create("other")
    first = await root.call("ListServiceAccounts", page_size=1)
    rest = await root.call("ListServiceAccounts", page_size=1, page_token=first.next_page_token)
    assert [each.service_account_id for page in (first, rest) for each in page.service_accounts] == [other, printer]
    assert rest.service_accounts[0] == shown
    assert rest.next_page_token == ""


async def test_makes_one_of_a_request_that_is_repeated(vault: Vault) -> None:
    """The same request gives the same account, another one under its id is refused, as is a name that is taken."""
    root, request_id = await Administrator.of(vault), str(uuid4())
    made = await root.create(request_id=request_id, permissions=[READ_ALL, ADMIN])
    assert await root.create(request_id=request_id, permissions=[ADMIN, READ_ALL]) == made
    again = root.create("another", request_id=request_id)
    assert (await failure(again)).brief == "ALREADY_EXISTS REQUEST_ID_REUSED"
    assert (await failure(root.create())).brief == "ALREADY_EXISTS SERVICE_ACCOUNT_NAME_TAKEN"


async def test_changes_what_is_named(vault: Vault) -> None:
    """The mask says what; without one it is what is set. Another etag is refused."""
    root = await Administrator.of(vault)
    printer = await root.create(description="prints", permissions=[READ_ALL], networks=["192.0.2.0/24"])
    before = await root.get(printer)
    changed = pb.ServiceAccount(service_account_id=printer, description="prints photos", etag=before.etag)
    await root.call("UpdateServiceAccount", service_account=changed)
    shown = await root.get(printer)
    assert (shown.description, shown.name, list(shown.permissions)) == ("prints photos", "printer", [READ_ALL])
    paths = ["permissions", "networks", "state", "name"]
    changed = pb.ServiceAccount(service_account_id=printer, name="plotter", state=pb.SERVICE_ACCOUNT_STATE_DISABLED)
    await root.call("UpdateServiceAccount", service_account=changed, update_mask=FieldMask(paths=paths))
    shown = await root.get(printer)
    assert (shown.name, list(shown.permissions), list(shown.networks)) == ("plotter", [], [])
    assert (shown.state, shown.description) == (pb.SERVICE_ACCOUNT_STATE_DISABLED, "prints photos")
    changed.etag = before.etag
    late = root.call("UpdateServiceAccount", service_account=changed)
    assert (await failure(late)).brief == "ABORTED ETAG_MISMATCH"


async def test_keys_and_accounts_go(vault: Vault) -> None:
    """A key that is revoked and an account that is removed are not found again."""
    root = await Administrator.of(vault)
    printer = await root.create()
    ends = Timestamp()
    ends.FromDatetime(utc_now() + timedelta(days=1))
    key = await root.call("CreateServiceKey", service_account_id=printer, expire_time=ends)
    assert (await root.get(printer)).keys[0].expire_time.seconds == ends.seconds
    named = {"service_account_id": printer, "key_id": key.key_id}
    await root.call("RevokeServiceKey", **named)
    assert (await failure(root.call("RevokeServiceKey", **named))).brief == "NOT_FOUND SERVICE_KEY_NOT_FOUND"
    await root.call("RemoveServiceAccount", service_account_id=printer)
    for name in ("GetServiceAccount", "RemoveServiceAccount", "CreateServiceKey"):
        found = await failure(root.call(name, service_account_id=printer))
        assert found.brief == "NOT_FOUND SERVICE_ACCOUNT_NOT_FOUND", name


async def test_names_every_wrong_field(vault: Vault) -> None:
    """All that is wrong with a request is named together."""
    root = await Administrator.of(vault)
    # Any: numbers of a later contract.
    later: Any = 9
    networks = ["192.0.2.1/24", "x"]
    wrong = pb.ServiceAccount(name="A b", description="d" * 501, permissions=[later], networks=networks, state=later)
    past = Timestamp(seconds=1)
    fields = {f"service_account.{name}" for name in ("name", "description", "permissions", "networks")}
    printer = await root.create()
    for name, request, expected in (
        ("CreateServiceAccount", {"service_account": wrong, "request_id": "x"}, fields | {"request_id"}),
        (
            "UpdateServiceAccount",
            {"service_account": wrong, "update_mask": FieldMask(paths=["keys", "name", "description", "state"])},
            fields | {"service_account.service_account_id", "update_mask", "service_account.state"},
        ),
        ("CreateServiceKey", {"expire_time": Timestamp(seconds=1 << 60)}, {"service_account_id", "expire_time"}),
        ("CreateServiceKey", {"service_account_id": printer, "expire_time": past}, {"expire_time"}),
        ("RevokeServiceKey", {}, {"service_account_id", "key_id"}),
        ("ListServiceAccounts", {"page_size": -1}, {"page_size"}),
        ("GetServiceAccount", {"service_account_id": "x"}, {"service_account_id"}),
    ):
        found = await failure(root.call(name, **request))
        assert (found.code, set(found.fields)) == ("INVALID_ARGUMENT", expected), name
