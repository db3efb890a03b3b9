"""The lists whose pages have no bound of their own but the lengths of fields."""

from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1.assets_pb2 import Folder, GetTagCloudResponse, ListFoldersResponse, TagCount
from emo.options.v1.options_pb2 import ServicePermission
from emo.service_accounts.v1.service_accounts_pb2 import (
    SERVICE_ACCOUNT_STATE_ACTIVE,
    ListServiceAccountsResponse,
    ServiceAccount,
    ServiceKey,
)
from emo.users.v1.users_pb2 import (
    ROLE_ADMIN,
    ROLE_USER,
    USER_STATE_ACTIVE,
    Actor,
    ListSessionsResponse,
    ListUsersResponse,
    Session,
    User,
)
from emo_grpc.assets.domain.folder import MAX_FOLDER_BYTES
from emo_grpc.service_accounts.domain import rules as service_account_rules
from emo_grpc.users.domain import rules

UUID = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"
LATE = Timestamp(seconds=253402300799, nanos=999_999_999)
TOKEN = "t" * 8192
USUAL = 3 << 20


def test_the_largest_page_of_users() -> None:
    """A thousand accounts with every field at its longest are less than 3 MiB."""
    user = User(
        user_id=UUID,
        username="u" * 32,
        email="é" * 64 + "@" + "🙂" * (rules.MAX_EMAIL - 65),
        public_name="🙂" * rules.MAX_PUBLIC_NAME,
        locale="l" * rules.MAX_LOCALE,
        state=USER_STATE_ACTIVE,
        roles=[ROLE_USER, ROLE_ADMIN],
        create_time=LATE,
        update_time=LATE,
        etag="9" * 20,
    )
    assert set(user.DESCRIPTOR.fields_by_name) == {field.name for field, _ in user.ListFields()}
    assert ListUsersResponse(users=[user] * 1000, next_page_token=TOKEN).ByteSize() < USUAL


def test_the_largest_page_of_sessions() -> None:
    """So are a thousand sessions."""
    session = Session(
        session_id=UUID,
        device_id="🙂" * rules.MAX_DEVICE_ID,
        create_time=LATE,
        last_used_time=LATE,
        expire_time=LATE,
        current=True,
        actor=Actor(service_account_id=UUID, name="a" * 32),
    )
    assert set(session.DESCRIPTOR.fields_by_name) == {field.name for field, _ in session.ListFields()}
    assert ListSessionsResponse(sessions=[session] * 1000, next_page_token=TOKEN).ByteSize() < USUAL


def test_the_largest_page_of_service_accounts() -> None:
    """And a hundred service accounts."""
    key = ServiceKey(key_id=UUID, create_time=LATE, expire_time=LATE, last_used_time=LATE)
    account = ServiceAccount(
        service_account_id=UUID,
        name="a" * 32,
        description="🙂" * service_account_rules.MAX_DESCRIPTION,
        permissions=[ServicePermission.SERVICE_PERMISSION_ADMIN] * 4,
        state=SERVICE_ACCOUNT_STATE_ACTIVE,
        networks=["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"] * service_account_rules.MAX_NETWORKS,
        keys=[key] * 10,
        create_time=LATE,
        update_time=LATE,
        etag="9" * 20,
    )
    assert set(account.DESCRIPTOR.fields_by_name) == {field.name for field, _ in account.ListFields()}
    assert ListServiceAccountsResponse(service_accounts=[account] * 100, next_page_token=TOKEN).ByteSize() < USUAL


def test_the_largest_tag_cloud() -> None:
    """And all tags that GetTagCloud ever gives."""
    assert GetTagCloudResponse(tags=[TagCount(tag="🙂" * 50, count=1 << 60)] * 500).ByteSize() < USUAL


def test_the_largest_page_of_folders() -> None:
    """And a thousand folders with the longest paths."""
    most = 1 << 60
    folder = Folder(folder="a" * MAX_FOLDER_BYTES, count=most, bytes=most, direct_count=most, direct_bytes=most)
    assert set(folder.DESCRIPTOR.fields_by_name) == {field.name for field, _ in folder.ListFields()}
    assert ListFoldersResponse(folders=[folder] * 1000, next_page_token=TOKEN, folder=folder).ByteSize() < USUAL
