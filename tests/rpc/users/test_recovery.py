"""Mailed tokens over a real server on SQLite; its mails are files."""

from pathlib import Path

import pytest
from grpc import StatusCode

from emo.users.v1 import users_pb2 as pb
from emo_grpc.bootstrap.engines import Engines
from emo_grpc.bootstrap.users import UsersContext
from emo_grpc.settings import Settings
from emo_grpc.shared.service_layer.relay import Relay
from smtp_server import parsed, text_of

from .people import PASSWORD, People, bearer, failure

NEW = "battery staple"


class Mails:
    """The folder, and what fills it."""

    def __init__(self, folder: Path, relay: Relay) -> None:
        self._folder = folder
        self._relay = relay

    async def token(self, to: str) -> str:
        """Deliver what is due; gives the longest word of the last mail to this address."""
        while await self._relay.run_once():
            pass
        mails = [parsed(path.read_bytes()) for path in sorted(self._folder.glob("*.eml"))]
        return max(text_of([mail for mail in mails if mail["To"] == to][-1]).split(), key=len)


@pytest.fixture
def mails(engines: Engines, users: UsersContext, settings: Settings) -> Mails:
    relay = Relay(engines.outbox, users.event_handlers, engines.clock, lambda *_: None)
    return Mails(settings.data_folder / "mail", relay)


async def test_a_forgotten_password(people: People, mails: Mails) -> None:
    """The token is mailed, gives another password once, and ends every session."""
    await people.register()
    caller = bearer(await people.log_in())
    await people.stub.RequestPasswordReset(pb.RequestPasswordResetRequest(email="ANA@example.org"))
    token = await mails.token("ana@example.org")
    await people.stub.ResetPassword(pb.ResetPasswordRequest(reset_token=token, new_password=NEW))
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=caller)))[1] == "SESSION_REVOKED"
    assert (await failure(people.log_in()))[1] == "INVALID_CREDENTIALS"
    await people.stub.Login(pb.LoginRequest(username="ana", password=NEW))
    code, reason, fields = await failure(
        people.stub.ResetPassword(pb.ResetPasswordRequest(reset_token=token, new_password=PASSWORD))
    )
    assert (code, reason, fields) == (StatusCode.INVALID_ARGUMENT, "RESET_TOKEN_INVALID", ["reset_token"])


async def test_unknown_addresses_get_the_same_answer(people: People) -> None:
    """Only what is no address is refused."""
    await people.register()
    for address in ("ana@example.org", "nobody@example.org"):
        reset = await people.stub.RequestPasswordReset(pb.RequestPasswordResetRequest(email=address))
        resent = await people.stub.ResendActivation(pb.ResendActivationRequest(email=address))
        assert (reset, resent) == (pb.RequestPasswordResetResponse(), pb.ResendActivationResponse())
    for call in (
        people.stub.RequestPasswordReset(pb.RequestPasswordResetRequest(email="nobody")),
        people.stub.ResendActivation(pb.ResendActivationRequest()),
    ):
        code, reason, fields = await failure(call)
        assert (code, reason, fields) == (StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", ["email"])


async def test_another_address_and_back(people: People, mails: Mails) -> None:
    """Each step needs the token that was mailed to the address that it is about."""
    await people.register()
    caller = bearer(await people.log_in())
    request = pb.RequestEmailChangeRequest(new_email="ana@example.com")
    await people.stub.RequestEmailChange(request, metadata=caller)
    confirming = pb.ConfirmEmailChangeRequest(confirmation_token=await mails.token("ana@example.com"))
    await people.stub.ConfirmEmailChange(confirming)
    me = await people.stub.GetMe(pb.GetMeRequest(), metadata=caller)
    assert me.user.email == "ana@example.com"
    undoing = pb.UndoEmailChangeRequest(undo_token=await mails.token("ana@example.org"))
    await people.stub.UndoEmailChange(undoing)
    assert (await failure(people.stub.GetMe(pb.GetMeRequest(), metadata=caller)))[1] == "SESSION_REVOKED"
    token = await mails.token("ana@example.org")
    await people.stub.ResetPassword(pb.ResetPasswordRequest(reset_token=token, new_password=NEW))
    tokens = (await people.stub.Login(pb.LoginRequest(email="ana@example.org", password=NEW))).tokens
    assert (await people.stub.GetMe(pb.GetMeRequest(), metadata=bearer(tokens))).user.username == "ana"
    for call, field in [
        (people.stub.ConfirmEmailChange(confirming), "confirmation_token"),
        (people.stub.UndoEmailChange(undoing), "undo_token"),
    ]:
        code, reason, fields = await failure(call)
        assert (code, reason, fields) == (StatusCode.INVALID_ARGUMENT, "EMAIL_TOKEN_INVALID", [field])


async def test_too_many_changes(people: People, mails: Mails) -> None:
    """The sixth within a week has to wait."""
    await people.register()
    caller = bearer(await people.log_in())
    for number in range(5):
        address = f"ana{number}@example.com"
        request = pb.RequestEmailChangeRequest(new_email=address)
        await people.stub.RequestEmailChange(request, metadata=caller)
        token = await mails.token(address)
        await people.stub.ConfirmEmailChange(pb.ConfirmEmailChangeRequest(confirmation_token=token))
    request = pb.RequestEmailChangeRequest(new_email="ana@example.net")
    code, reason, _ = await failure(people.stub.RequestEmailChange(request, metadata=caller))
    assert (code, reason) == (StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_EMAIL_CHANGES")
