"""Which handler of this context takes a command or an event."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from emo_grpc.assets.domain import batch_commands, commands, trash_commands
from emo_grpc.assets.domain.events import AssetDeleted, FolderHalfMoved, LabelHalfRenamed, UploadDropped
from emo_grpc.assets.domain.folder_commands import MoveFolder
from emo_grpc.assets.domain.label_commands import RenameLabel
from emo_grpc.assets.service_layer.asset_handlers import AssetHandlers
from emo_grpc.assets.service_layer.encryption import KeyRing
from emo_grpc.assets.service_layer.integrity.orphans import Orphans
from emo_grpc.assets.service_layer.maintenance_handlers import MaintenanceHandlers
from emo_grpc.assets.service_layer.many.folder_handlers import FolderHandlers
from emo_grpc.assets.service_layer.many.handlers import BatchHandlers
from emo_grpc.assets.service_layer.many.label_handlers import LabelHandlers
from emo_grpc.assets.service_layer.ports import BlobStore
from emo_grpc.assets.service_layer.quota import Quota
from emo_grpc.assets.service_layer.trash_handlers import TrashHandlers
from emo_grpc.assets.service_layer.unit_of_work import AssetsUnits
from emo_grpc.assets.service_layer.upload.handlers import UploadHandlers
from emo_grpc.assets.service_layer.upload.starts import UploadStarts
from emo_grpc.assets.service_layer.views import AssetViews
from emo_grpc.shared.domain.events import UserRemoved
from emo_grpc.shared.service_layer.clock import Clock
from emo_grpc.shared.service_layer.handlers import Handlers
from emo_grpc.shared.service_layer.outbox import Subscriptions

SUBSCRIPTIONS: Final[Subscriptions] = {
    UserRemoved: ("remove_assets_of_user",),
    AssetDeleted: ("delete_blob_of_asset",),
    UploadDropped: ("drop_blob_of_upload",),
    FolderHalfMoved: ("move_rest_of_folder",),
    LabelHalfRenamed: ("rename_rest_of_label",),
}
"""The names of `Handlers.events`, by which outbox rows are stored: never rename one while rows may wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetsPorts:
    """What the handlers stand on.

    `expire_after`: how long an upload lives after its last checkpoint. `trash_kept_for`: how long assets stay in the
    trash; 0 = they are destroyed at once.
    """

    units: AssetsUnits
    views: AssetViews
    blobs: BlobStore
    keys: KeyRing
    orphans: Orphans
    quota: Quota
    clock: Clock
    expire_after: timedelta
    trash_kept_for: timedelta


def assets_handlers(ports: AssetsPorts) -> Handlers:
    """All handlers of this context, on these ports."""
    units, blobs, keys, clock = ports.units, ports.blobs, ports.keys, ports.clock
    assets = AssetHandlers(units, ports.quota, clock)
    trash = TrashHandlers(units, clock, ports.trash_kept_for)
    batches = BatchHandlers(units, assets, trash, clock)
    folders = FolderHandlers(units, ports.quota, clock)
    labels = LabelHandlers(units, ports.quota, clock)
    starts = UploadStarts(units, ports.views, blobs, keys, clock, ports.expire_after)
    uploads = UploadHandlers(units, blobs, keys, ports.quota, clock, ports.expire_after)
    maintenance = MaintenanceHandlers(units, blobs, keys, clock, ports.orphans)
    return Handlers(
        commands={
            commands.CreateAsset: assets.create_asset,
            commands.UpdateAsset: assets.update_asset,
            commands.DeleteAsset: trash.delete_asset,
            trash_commands.RestoreAsset: trash.restore_asset,
            trash_commands.PurgeAsset: trash.purge_asset,
            trash_commands.EmptyTrash: trash.empty_trash,
            trash_commands.PurgeDueAssets: trash.purge_due_assets,
            batch_commands.UpdateAssets: batches.update_assets,
            batch_commands.DeleteAssets: batches.delete_assets,
            batch_commands.RestoreAssets: batches.restore_assets,
            batch_commands.PurgeAssets: batches.purge_assets,
            batch_commands.PlanBatch: batches.plan_batch,
            MoveFolder: folders.move_folder,
            RenameLabel: labels.rename_label,
            commands.StartUpload: starts.start_upload,
            commands.CheckpointUpload: uploads.checkpoint_upload,
            commands.CloseUpload: uploads.close_upload,
            commands.CompleteObject: uploads.complete_object,
            commands.CompleteUpload: uploads.complete_upload,
            commands.CompleteAtOnce: uploads.complete_at_once,
            commands.RestartUpload: uploads.restart_upload,
            commands.CancelUpload: uploads.cancel_upload,
            commands.ExpireUploads: maintenance.expire_uploads,
            commands.RewrapKeys: maintenance.rewrap_keys,
            commands.UpgradeDocuments: maintenance.upgrade_documents,
            commands.RemoveOrphans: maintenance.remove_orphans,
            commands.CountOrphans: maintenance.count_orphans,
        },
        events={
            UserRemoved: {"remove_assets_of_user": assets.remove_assets_of_user},
            AssetDeleted: {"delete_blob_of_asset": maintenance.delete_blob_of_asset},
            UploadDropped: {"drop_blob_of_upload": maintenance.drop_blob_of_upload},
            FolderHalfMoved: {"move_rest_of_folder": folders.move_rest_of_folder},
            LabelHalfRenamed: {"rename_rest_of_label": labels.rename_rest_of_label},
        },
    )
