"""Passwords and addresses that change by mailed tokens."""

from emo.audit.v1 import audit_pb2 as pb
from emo.users.v1 import users_pb2
from emo_grpc.users.domain.user import Role
from rpc.audit.trail import all_events, kinds
from rpc.vault import PASSWORD, Person, Vault
from smtp_server import parsed, text_of


async def token(vault: Vault, to: str) -> str:
    """The longest word of the last mail to this address."""
    await vault.deliver()
    mails = [parsed(path.read_bytes()) for path in sorted((vault.folder / "mail").glob("*.eml"))]
    return max(text_of([mail for mail in mails if mail["To"] == to][-1]).split(), key=len)


async def test_a_password_and_an_address_that_are_changed_by_mail(vault: Vault, alice: Person) -> None:
    """Each step is in the trail, also that somebody asked, of whom nothing is known."""
    await alice.users.RequestPasswordReset(users_pb2.RequestPasswordResetRequest(email="alice@example.org"))
    reset = users_pb2.ResetPasswordRequest(reset_token=await token(vault, "alice@example.org"), new_password=PASSWORD)
    await alice.users.ResetPassword(reset)
    alice = await vault.logged_in("alice", alice.user_id)
    request = users_pb2.RequestEmailChangeRequest(new_email="new@example.org")
    await alice.users.RequestEmailChange(request, metadata=alice.metadata)
    confirm = users_pb2.ConfirmEmailChangeRequest(confirmation_token=await token(vault, "new@example.org"))
    await alice.users.ConfirmEmailChange(confirm)
    undo = users_pb2.UndoEmailChangeRequest(undo_token=await token(vault, "alice@example.org"))
    await alice.users.UndoEmailChange(undo)
    await vault.deliver()
    root = await vault.person("root", Role.ADMIN)
    events = await all_events(root, user_id=alice.user_id)
    assert kinds(events) == [
        "email_changed", "email_changed", "email_change_requested", "login", "password_reset",
        "password_reset_requested", "login", "account_created",
    ]  # fmt: skip
    undone, _, _, _, was_reset, asked, *_ = events
    assert (undone.details["cause"], undone.details["ended_sessions"]) == ("undone", "1")
    assert was_reset.details["ended_sessions"] == "1"
    assert (asked.actor_kind, asked.peer) == (pb.ACTOR_KIND_ANONYMOUS, "")
