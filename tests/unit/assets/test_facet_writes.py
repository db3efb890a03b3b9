from uuid import UUID

from emo_grpc.assets.adapters.mongo.facet_counters import FacetWrites, facet_counts

OWNER = UUID(int=1)


def test_a_counter_is_written_once_for_all_assets_of_a_transaction() -> None:
    """However many assets of a batch have a tag, its counter takes one write."""
    writes = FacetWrites()
    before = facet_counts([("tag", "a")], counts_only_tags=False)
    after = facet_counts([("tag", "b"), ("person", "c")], counts_only_tags=False)
    for _ in range(200):
        writes.count(OWNER, before, after)
    by_collection = writes.by_collection()
    assert [len(by_collection[name]) for name in ("asset_tags", "asset_people")] == [3, 1]
