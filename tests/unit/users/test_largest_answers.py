"""The lists whose pages have no bound of their own but the lengths of fields."""

from google.protobuf.timestamp_pb2 import Timestamp

from emo.assets.v1.assets_pb2 import GetTagCloudResponse, TagCount
from emo.users.v1.users_pb2 import (
    ROLE_ADMIN,
    ROLE_USER,
    USER_STATE_ACTIVE,
    ListSessionsResponse,
    ListUsersResponse,
    Session,
    User,
)
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
    )
    assert set(session.DESCRIPTOR.fields_by_name) == {field.name for field, _ in session.ListFields()}
    assert ListSessionsResponse(sessions=[session] * 1000, next_page_token=TOKEN).ByteSize() < USUAL


def test_the_largest_tag_cloud() -> None:
    """And all tags that GetTagCloud ever gives."""
    assert GetTagCloudResponse(tags=[TagCount(tag="🙂" * 50, count=1 << 60)] * 500).ByteSize() < USUAL
