"""Mails that can't be sent, and how long they are kept."""

from datetime import timedelta

from emo_grpc.shared.service_layer.outbox import OutboxRow
from emo_grpc.shared.service_layer.relay import MAX_ATTEMPTS, MAX_BACK_OFF
from emo_grpc.users.domain.commands import DeleteMe
from emo_grpc.users.domain.events import AccountRemoved, PasswordChanged
from emo_grpc.users.domain.ids import SessionId
from emo_grpc.users.domain.session_commands import ChangePassword
from emo_grpc.users.service_layer.mails.ports import MailerMisconfigured

from .world import PASSWORD, World


async def give_up(world: World) -> list[OutboxRow]:
    """Deliver with settings that are wrong, until nothing is tried any more; gives the dead letters."""
    world.postbox.error = MailerMisconfigured("EMAIL_SMTP_SERVER", "is nobody")
    for _ in range(MAX_ATTEMPTS):
        await world.deliver()
        world.clock.pass_by(MAX_BACK_OFF)
    return await world.stored_events.dead_letters(9)


async def test_a_mail_that_can_not_be_sent_ends_one_day(world: World) -> None:
    """For 90 days the operator can mend what is wrong and have it sent; then it goes."""
    await world.register()
    tokens = await world.log_in()
    claims = await world.authenticator.authenticate(tokens.access_token)
    session_id = SessionId(claims.session_id)
    change = ChangePassword(
        user_id=claims.user_id, session_id=session_id, old_password=PASSWORD, new_password="seven umbrellas"
    )
    await world.bus.handle(change)
    dead = await give_up(world)
    assert PasswordChanged in {type(row.event) for row in dead}
    world.clock.pass_by(timedelta(days=89))
    assert await world.dead_letters.drop_old() == 0
    world.clock.pass_by(timedelta(days=1))
    assert await world.dead_letters.drop_old() == len(dead)
    assert await world.stored_events.dead_letters(9) == []


async def test_the_last_trace_of_an_account_ends_sooner(world: World) -> None:
    """The goodbye of a removed account, which has its address, is kept for seven days; what must be done stays."""
    user_id = await world.register()
    await world.bus.handle(DeleteMe(user_id=user_id, password=PASSWORD))
    dead = await give_up(world)
    assert AccountRemoved in {type(row.event) for row in dead}
    world.clock.pass_by(timedelta(days=6))
    assert await world.dead_letters.drop_old() == 0
    world.clock.pass_by(timedelta(days=1))
    await world.dead_letters.drop_old()
    assert AccountRemoved not in {type(row.event) for row in await world.stored_events.dead_letters(9)}
