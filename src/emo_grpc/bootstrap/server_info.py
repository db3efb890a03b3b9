"""What a server tells of itself: its limits are those that the contexts keep."""

from collections.abc import Iterable
from datetime import timedelta
from importlib.metadata import version
from typing import Final

from google.protobuf.duration_pb2 import Duration

from emo.server.v1 import server_pb2 as pb
from emo_grpc.assets.domain import asset, file, folder, layout
from emo_grpc.assets.entrypoints import batch_rpcs, folder_rpcs, label_rpcs, listing, message_reader, upload_stream
from emo_grpc.assets.entrypoints import servicer as assets_servicer
from emo_grpc.assets.entrypoints.filtering import grammar, typed_fields
from emo_grpc.assets.service_layer import quota, transfer_slots
from emo_grpc.assets.service_layer.many import requests
from emo_grpc.audit.entrypoints import servicer as audit_servicer
from emo_grpc.service_accounts.domain import rules as service_rules
from emo_grpc.service_accounts.domain import service_account
from emo_grpc.service_accounts.entrypoints import servicer as service_accounts_servicer
from emo_grpc.settings import PasswordLogin, Settings
from emo_grpc.shared.entrypoints.authentication import MAX_HEADER_CHARACTERS
from emo_grpc.shared.entrypoints.errors.languages import LOCALES
from emo_grpc.shared.entrypoints.limits import Limits
from emo_grpc.shared.entrypoints.server import MAX_REQUEST_BYTES
from emo_grpc.users.domain import rules as user_rules
from emo_grpc.users.entrypoints import servicer as users_servicer

SERVICE: Final = "emo.server.v1.ServerService"
PAGES: Final = {
    "ListUsers": users_servicer.USERS_PAGE,
    "ListSessions": users_servicer.SESSIONS_PAGE,
    "ListServiceAccounts": service_accounts_servicer.PAGE,
    "ListAssets": listing.PAGE_SIZE,
    "ListAllAssets": listing.PAGE_SIZE,
    "SearchAssets": listing.PAGE_SIZE,
    "ListFolders": folder_rpcs.PAGE_SIZE,
    "ListTrash": listing.PAGE_SIZE,
    "GetTagCloud": assets_servicer.TAG_CLOUD_SIZE,
    "ListTags": label_rpcs.LABELS_PAGE,
    "ListPeople": label_rpcs.LABELS_PAGE,
    "ListPlaces": label_rpcs.LABELS_PAGE,
    "GetTimeline": label_rpcs.TIMELINE_PAGE,
    "ListAuditEvents": audit_servicer.PAGE,
    "ListMyActivity": audit_servicer.PAGE,
}
"""By the name of the RPC."""


def server_info(settings: Settings, limits: Limits, services: Iterable[str]) -> pb.GetServerInfoResponse:
    """What this server is; `services`: those that it offers beside this one, by their full names."""
    return pb.GetServerInfoResponse(
        version=version("emo-grpc"),
        packages=sorted(name.rpartition(".")[0] for name in (SERVICE, *services)),
        limits=pb.Limits(
            calls=pb.CallLimits(
                max_request_bytes=MAX_REQUEST_BYTES,
                max_authorization_characters=MAX_HEADER_CHARACTERS,
                max_concurrent_streams=limits.streams,
                user_calls_per_second=settings.user_calls_per_second,
            ),
            transfers=_transfers(settings),
            assets=_assets(settings),
            accounts=_accounts(),
            service_accounts=_service_accounts(),
            batches=pb.BatchLimits(
                max_assets=requests.MAX_ASSETS,
                max_matches=requests.MAX_MATCHES,
                assets_a_call=batch_rpcs.ASSETS_A_CALL,
            ),
            pages={
                name: pb.PageLimits(default_size=page.default, max_size=page.maximum) for name, page in PAGES.items()
            },
        ),
        features=pb.Features(
            password_login=settings.password_login is PasswordLogin.ON,
            mail=bool(settings.email_smtp_server),
            trusted_issuers=settings.trusted_issuers_file is not None,
            ephemeral=settings.is_ephemeral,
        ),
        languages=LOCALES,
    )


def _transfers(settings: Settings) -> pb.TransferLimits:
    return pb.TransferLimits(
        max_chunk_bytes=upload_stream.MAX_CHUNK_BYTES,
        max_file_bytes=file.MAX_FILE_BYTES,
        max_undeclared_file_bytes=layout.MAX_PARTS * layout.part_size_for(0),
        part_bytes=layout.PART_SIZE_STEP,
        max_parts=layout.MAX_PARTS,
        max_user_streams=transfer_slots.MAX_STREAMS_OF_USER,
        max_upload_silence=_duration(timedelta(seconds=message_reader.MAX_SILENCE_SECONDS)),
        upload_lifetime=_duration(timedelta(days=settings.upload_expire_days)),
        user_storage_bytes=settings.user_storage_mb << 20,
        max_pending_assets=quota.MAX_PENDING_ASSETS,
    )


def _assets(settings: Settings) -> pb.AssetLimits:
    return pb.AssetLimits(
        max_title_characters=asset.MAX_TITLE,
        max_description_characters=asset.MAX_DESCRIPTION,
        max_location_characters=asset.MAX_LOCATION,
        max_tags=asset.MAX_LABELS,
        max_tag_characters=asset.MAX_TAG,
        max_people=asset.MAX_LABELS,
        max_person_characters=asset.MAX_PERSON,
        max_folder_bytes=folder.MAX_FOLDER_BYTES,
        max_folder_names=folder.MAX_FOLDER_NAMES,
        max_file_name_characters=file.MAX_NAME,
        max_content_type_characters=file.MAX_CONTENT_TYPE,
        max_filter_values=listing.MAX_FILTER_VALUES,
        max_filter_expression_characters=grammar.MAX_CHARACTERS,
        max_filter_words=grammar.MAX_WORDS,
        max_filter_brackets=grammar.MAX_DEPTH,
        max_filter_text_characters=typed_fields.MAX_TEXT,
        trash_lifetime=_duration(timedelta(days=settings.trash_days)),
    )


def _accounts() -> pb.AccountLimits:
    return pb.AccountLimits(
        min_username_characters=user_rules.MIN_USERNAME,
        max_username_characters=user_rules.MAX_USERNAME,
        max_email_characters=user_rules.MAX_EMAIL,
        max_public_name_characters=user_rules.MAX_PUBLIC_NAME,
        max_locale_characters=user_rules.MAX_LOCALE,
        min_password_characters=user_rules.MIN_PASSWORD,
        max_password_characters=user_rules.MAX_PASSWORD,
        max_device_id_characters=user_rules.MAX_DEVICE_ID,
        max_reason_characters=user_rules.MAX_REASON,
    )


def _service_accounts() -> pb.ServiceAccountLimits:
    return pb.ServiceAccountLimits(
        min_name_characters=service_rules.MIN_NAME,
        max_name_characters=service_rules.MAX_NAME,
        max_description_characters=service_rules.MAX_DESCRIPTION,
        max_networks=service_rules.MAX_NETWORKS,
        max_keys=service_account.MAX_KEYS,
    )


def _duration(time: timedelta) -> Duration:
    found = Duration()
    found.FromTimedelta(time)
    return found
