"""The whole trail, from one database to another."""

from emo_grpc.audit.domain.selection import Party, Selection, Side
from emo_grpc.shared.domain.audit import AuditKind

from .trails import ANN, BEN, OPERATOR, SERVICE, Trail, entry, in_memory_trail


async def copied(source: Trail, target: Trail) -> int:
    """Bring all over, page by page; gives how many entries were new."""
    digest, after, added = None, None, 0
    while subjects := await source.archive.subjects(digest, 1):
        await target.archive.import_subjects(subjects)
        digest = subjects[-1].digest
    while entries := await source.archive.entries(after, 2):
        added += await target.archive.import_entries(entries)
        after = entries[-1].entry_id
    return added


async def test_the_trail_is_the_same_elsewhere(trail: Trail) -> None:
    """Entries are shown and found as they were, in both directions, and a repetition adds nothing."""
    async with in_memory_trail() as other:
        for source, target in ((trail, other), (other, trail)):
            await source.add(
                entry(seconds=1),
                entry(AuditKind.STATE_CHANGED, ANN, BEN, seconds=2, state="disabled"),
                entry(AuditKind.ADMIN_CALL, None, OPERATOR, seconds=3),
                entry(AuditKind.DELEGATED_CALL, BEN, SERVICE, seconds=4),
            )
            assert await copied(source, target) == 4
            assert await copied(source, target) == 0
            assert await target.events() == await source.events()
            by_ben = Selection(party=Party(Side.ACTOR, BEN))
            assert await target.events(by_ben) == await source.events(by_ben) != []


async def test_who_was_removed_meanwhile_is_forgotten_there_too(trail: Trail) -> None:
    """What was copied before tells no more of them than where it came from."""
    async with in_memory_trail() as source:
        await source.add(entry(), entry(account=BEN, seconds=1))
        await copied(source, trail)
        await source.forget(ANN)
        assert await copied(source, trail) == 0
        assert str(ANN) not in await trail.stored()
        assert str(BEN) in await trail.stored()
        assert await trail.events() == await source.events()
        await trail.add(entry(seconds=2))
        assert (await trail.events())[0].account is None
