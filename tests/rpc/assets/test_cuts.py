"""Servers from which the account of costs leaves something out: the rest of them has to work, or it is of nothing."""

import pytest
from benchmarks.cost.account import DOWN, UP, cuts_of
from benchmarks.cost.cuts import cut

from emo.assets.v1 import assets_pb2 as pb
from rpc.vault import MIB, Person, Vault, chunk, some_bytes, start

SIZE = 10 * MIB  # two parts
CHUNKS = [chunk(some_bytes(MIB))] * (SIZE // MIB)
UPS, DOWNS = cuts_of(UP), cuts_of(DOWN)


@pytest.mark.parametrize("cuts", UPS[:-1])
async def test_an_upload_is_taken_without_what_it_costs(alice: Person, cuts: tuple[str, ...]) -> None:
    """All of it is persisted, part by part."""
    asset_id = await alice.create(SIZE)
    with cut(cuts):
        answer = await alice.send([start(asset_id), *CHUNKS])
    assert answer.persisted_size == SIZE


async def test_what_is_left_out_of_an_upload_is_not_done(vault: Vault, alice: Person) -> None:
    """Nothing is written, though there is a file for each part; or nothing is even sealed."""
    asset_id = await alice.create(SIZE)
    with cut(UPS[-2]):
        await alice.send([start(asset_id), *CHUNKS])
    assert [path.stat().st_size for path in vault.stored_files() if path.stat().st_size >= MIB] == []
    dropped = await alice.create(SIZE)
    with cut(UPS[-1]):
        answer = await alice.send([start(dropped), *CHUNKS])
    assert answer.persisted_size == 0


@pytest.mark.parametrize("cuts", DOWNS)
async def test_a_download_is_sent_without_what_it_costs(alice: Person, cuts: tuple[str, ...]) -> None:
    """As many bytes as the file has, and zeros where they are not opened."""
    data = some_bytes(SIZE)
    asset_id = await alice.stored(data)
    with cut(cuts):
        stream = alice.call("DownloadAsset", pb.DownloadAssetRequest(asset_id=asset_id))
        received = b"".join([message.chunk.data async for message in stream])
    assert received == (bytes(SIZE) if cuts else data)
