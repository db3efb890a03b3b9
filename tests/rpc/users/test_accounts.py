"""Accounts over a real server on SQLite."""

from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc.error_details_pb2 import LocalizedMessage
from grpc import StatusCode

from emo.users.v1 import users_pb2 as pb
from rpc.shared.replies import details

from .people import PASSWORD, People, bearer, failure


async def test_registers_and_shows(people: People) -> None:
    """Who registered and logged in sees the account as it was made."""
    user_id = await people.register()
    tokens = await people.log_in()
    user = (await people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(tokens))).user
    assert (user.user_id, user.username, user.email) == (user_id, "ana", "ana@example.org")
    assert (user.public_name, user.locale, user.state) == ("ana", "en", pb.USER_STATE_ACTIVE)
    assert list(user.roles) == [pb.ROLE_USER]
    assert user.create_time == user.update_time
    assert user.etag


async def test_registers_once_per_request_id(people: People) -> None:
    """The same request_id gives the same account; with another request it is refused."""
    request = pb.RegisterUserRequest(
        username="ana", email="ana@example.org", password=PASSWORD, request_id=str(uuid4())
    )
    first = await people.stub.RegisterUser(request)
    assert await people.stub.RegisterUser(request) == first
    for field, other in {"password": "battery staple", "username": "ben"}.items():
        changed = pb.RegisterUserRequest()
        changed.CopyFrom(request)
        setattr(changed, field, other)
        code, reason, _ = await failure(people.stub.RegisterUser(changed))
        assert (code, reason) == (StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


async def test_names_every_wrong_field(people: People) -> None:
    """All wrong fields of a registration are named at once."""
    request = pb.RegisterUserRequest(
        username="A", email="b", password="c", public_name="\x07", locale="?", request_id="d"
    )
    code, reason, fields = await failure(people.stub.RegisterUser(request))
    assert (code, reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")
    assert set(fields) == {"username", "email", "password", "public_name", "locale", "request_id"}


@pytest.mark.parametrize(
    ("header", "own", "locale", "word"),
    [("", "es-MX", "es", "fácil"), ("ca", "es", "ca", "fàcil"), ("", "", "en", "easy")],
)
async def test_says_why_a_password_is_weak(people: People, header: str, own: str, locale: str, word: str) -> None:
    """In the language that the caller asks for, or else in that of the account."""
    request = pb.RegisterUserRequest(username="ana", email="ana@example.org", password="ana12345", locale=own)
    metadata = (("accept-language", header),) if header else ()
    call = people.stub.RegisterUser(request, metadata=metadata)
    assert await failure(call) == (StatusCode.INVALID_ARGUMENT, "PASSWORD_TOO_WEAK", ["password"])
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await people.stub.RegisterUser(request, metadata=metadata)
    message = details(caught.value, LocalizedMessage)
    assert message.locale == locale
    assert word in message.message
    assert "ana12345" not in message.message


async def test_taken(people: People) -> None:
    """A taken name is told. A taken address is not: the answer is that of any registration."""
    await people.register()
    request = pb.RegisterUserRequest(username="ana", email="other@example.org", password=PASSWORD)
    assert (await failure(people.stub.RegisterUser(request)))[:2] == (StatusCode.ALREADY_EXISTS, "USERNAME_TAKEN")
    request = pb.RegisterUserRequest(username="other", email="ANA@example.org", password=PASSWORD)
    assert len((await people.stub.RegisterUser(request)).user_id) == 36


async def test_updates_by_mask(people: People) -> None:
    """With a mask just its fields change, also to nothing; without one all that are set."""
    await people.register()
    caller = bearer(await people.log_in())
    user = pb.User(public_name="Anna", locale="ca", email="ignored@example.org")
    await people.stub.UpdateMe(pb.UpdateMeRequest(user=user), metadata=caller)
    mask = FieldMask(paths=["public_name"])
    await people.stub.UpdateMe(pb.UpdateMeRequest(user=pb.User(locale="es"), update_mask=mask), metadata=caller)
    user = (await people.stub.GetMe(pb.GetMeRequest(), metadata=caller)).user
    assert (user.public_name, user.locale, user.email) == ("ana", "ca", "ana@example.org")


async def test_update_errors(people: People) -> None:
    """A wrong mask, wrong fields and an old etag are told apart."""
    await people.register()
    caller = bearer(await people.log_in())
    request = pb.UpdateMeRequest(
        user=pb.User(username="A", locale="?"), update_mask=FieldMask(paths=["username", "locale", "roles"])
    )
    assert (await failure(people.stub.UpdateMe(request, metadata=caller)))[2] == [
        "update_mask", "user.username", "user.locale"
    ]  # fmt: skip
    request = pb.UpdateMeRequest(user=pb.User(locale="ca", etag="old"))
    code, reason, _ = await failure(people.stub.UpdateMe(request, metadata=caller))
    assert (code, reason) == (StatusCode.ABORTED, "ETAG_MISMATCH")


async def test_deletes_oneself(people: People) -> None:
    """After DeleteMe the account is gone and its token is worth nothing."""
    await people.register()
    caller = bearer(await people.log_in())
    code, reason, _ = await failure(people.stub.DeleteMe(pb.DeleteMeRequest(password="wrong"), metadata=caller))
    assert (code, reason) == (StatusCode.UNAUTHENTICATED, "INVALID_CREDENTIALS")
    await people.stub.DeleteMe(pb.DeleteMeRequest(password=PASSWORD), metadata=caller)
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=caller)))[1] == "SESSION_REVOKED"


async def test_activation_token(people: People) -> None:
    """Nonsense activates nobody."""
    request = pb.ActivateUserRequest(activation_token="nonsense")
    code, reason, fields = await failure(people.stub.ActivateUser(request))
    assert (code, reason) == (StatusCode.INVALID_ARGUMENT, "ACTIVATION_TOKEN_INVALID")
    assert fields == ["activation_token"]
