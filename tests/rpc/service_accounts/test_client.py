"""The Python client as a backend, against a real server."""

from pathlib import Path

import pytest

from emo.assets.v1.assets_pb2 import Asset, File
from emo.options.v1 import options_pb2
from emo.service_accounts.v1 import service_accounts_pb2 as pb
from emo_grpc.client import BytesSource, EmoClient, EmoClientError
from emo_grpc.shared.domain.principal import ServicePermission
from emo_grpc.shared.service_layer.clock import utc_now
from rpc.services import Backend
from rpc.vault import Person, Vault

LAKE = Asset(title="Lake", file=File(name="lake.jpg"))


async def test_a_backend_from_its_making_to_its_end(vault: Vault, alice: Person, tmp_path: Path) -> None:
    """An administrator's service makes another one, which keeps files for a user until its key is revoked."""
    root = await Backend.of(vault, ServicePermission.ADMIN, name="root")
    async with EmoClient.connect(vault.address, service_key=root.key) as admin:
        permissions = [options_pb2.SERVICE_PERMISSION_ACT_FOR_USERS]
        account_id = await admin.service_accounts.create(pb.ServiceAccount(name="printer", permissions=permissions))
        await admin.service_accounts.update(pb.ServiceAccount(service_account_id=account_id, description="prints"))
        with pytest.raises(EmoClientError, match="in the future"):
            await admin.service_accounts.create_key(account_id, utc_now())
        key = await admin.service_accounts.create_key(account_id)
        for for_user in ("alice", alice.user_id):
            async with EmoClient.connect(vault.address, service_key=key.service_key, for_user=for_user) as printer:
                assert (await printer.users.get_me()).username == "alice"
        async with EmoClient.connect(vault.address, service_key=key.service_key, for_user="alice") as printer:
            sent = await printer.upload(BytesSource(b"a lake"), LAKE)
            await printer.download(sent.asset_id, tmp_path / "lake")
            assert (tmp_path / "lake").read_bytes() == b"a lake"
            assert await alice.download(sent.asset_id) == b"a lake"
            shown = await admin.service_accounts.get(account_id)
            assert shown.description == "prints"
            assert shown.keys[0].HasField("last_used_time")
            await admin.service_accounts.revoke_key(account_id, key.key_id)
            with pytest.raises(EmoClientError) as caught:
                await printer.users.get_me()
            assert caught.value.reason == "SERVICE_KEY_INVALID"
        listed = await admin.service_accounts.list()
        assert [account.name for account in listed.service_accounts] == ["printer", "root"]
        await admin.service_accounts.remove(account_id)
        made = await admin.users.create_user("dora", "dora@example.org")
        assert (await admin.users.get_user(made)).username == "dora"
