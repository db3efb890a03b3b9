"""Lists that are narrowed, over gRPC."""

from emo.assets.v1 import assets_pb2 as pb
from rpc.vault import Vault, failure


def listing(**fields: object) -> pb.ListAssetsRequest:
    return pb.ListAssetsRequest(filter=pb.AssetFilter(**fields))  # type: ignore[arg-type] # a table of fields


async def test_a_filter_that_is_not_understood_is_refused_with_its_place(vault: Vault) -> None:
    """A program can point to the character, a person reads what would do."""
    ann = await vault.person("ann")
    refused = await failure(ann.call("ListAssets", listing(expression="tags:(sea OR)")))
    assert refused.brief == "INVALID_ARGUMENT INVALID_FILTER"
    assert (refused.fields, refused.metadata) == (["filter.expression"], {"position": "12"})
    refused = await failure(ann.call("ListAssets", listing(event_date_from="1994-13")))
    assert refused.brief == "INVALID_ARGUMENT INVALID_ARGUMENT"
    assert refused.fields == ["filter.event_date_from"]
