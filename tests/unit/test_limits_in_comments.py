"""The limits that a server tells of itself, against the comments of what they bound."""

import re
from collections.abc import Iterator

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from contract_text import contract
from emo_grpc.bootstrap.server_info import PAGES, server_info
from emo_grpc.settings import Settings
from emo_grpc.shared.entrypoints.limits import DEFAULT_LIMITS

LIMITS = server_info(Settings(_env_file=None), DEFAULT_LIMITS, []).limits
BOUND = {
    "transfers.max_chunk_bytes": ("assets.v1.UploadChunk.data", "assets.v1.DownloadChunk.data"),
    "transfers.max_file_bytes": ("assets.v1.File.size_bytes",),
    "transfers.max_undeclared_file_bytes": ("assets.v1.File.size_bytes",),
    "assets.max_title_characters": ("assets.v1.Asset.title",),
    "assets.max_description_characters": ("assets.v1.Asset.description",),
    "assets.max_location_characters": ("assets.v1.Asset.location",),
    "assets.max_tags": ("assets.v1.Asset.tags",),
    "assets.max_tag_characters": ("assets.v1.Asset.tags",),
    "assets.max_people": ("assets.v1.Asset.people",),
    "assets.max_person_characters": ("assets.v1.Asset.people",),
    "assets.max_folder_bytes": ("assets.v1.Asset.folder",),
    "assets.max_folder_names": ("assets.v1.Asset.folder",),
    "assets.max_file_name_characters": ("assets.v1.File.name",),
    "assets.max_content_type_characters": ("assets.v1.File.content_type",),
    "assets.max_filter_values": tuple(
        f"assets.v1.AssetFilter.{name}"
        for name in ("content_types", "tags", "people", "kinds", "present_fields", "absent_fields")
    ),
    "assets.max_filter_expression_characters": ("assets.v1.AssetFilter.expression",),
    "assets.max_filter_words": ("assets.v1.AssetFilter.expression",),
    "assets.max_filter_brackets": ("assets.v1.AssetFilter.expression",),
    "assets.max_filter_text_characters": ("assets.v1.AssetFilter.text", "assets.v1.AssetFilter.location"),
    "batches.max_assets": ("assets.v1.BatchGetAssetsRequest.asset_ids", "assets.v1.BatchUpdateAssetsRequest.asset_ids"),
    "batches.max_matches": ("assets.v1.BatchUpdateAssetsRequest.filter",),
    "accounts.min_username_characters": ("users.v1.User.username",),
    "accounts.max_username_characters": ("users.v1.User.username",),
    "accounts.max_email_characters": ("users.v1.User.email",),
    "accounts.max_public_name_characters": ("users.v1.User.public_name",),
    "accounts.max_locale_characters": ("users.v1.User.locale",),
    "accounts.min_password_characters": ("users.v1.RegisterUserRequest.password",),
    "accounts.max_password_characters": ("users.v1.RegisterUserRequest.password", "users.v1.LoginRequest.password"),
    "accounts.max_device_id_characters": ("users.v1.LoginRequest.device_id",),
    "accounts.max_reason_characters": ("users.v1.RemoveUserRequest.reason",),
    "service_accounts.min_name_characters": ("service_accounts.v1.ServiceAccount.name",),
    "service_accounts.max_name_characters": ("service_accounts.v1.ServiceAccount.name",),
    "service_accounts.max_description_characters": ("service_accounts.v1.ServiceAccount.description",),
    "service_accounts.max_networks": ("service_accounts.v1.ServiceAccount.networks",),
    "service_accounts.max_keys": ("service_accounts.v1.ServiceAccount.keys",),
}
"""The fields that each bounds."""
BOUNDS_NO_FIELD = {
    "calls.max_request_bytes", "calls.max_authorization_characters", "calls.max_concurrent_streams",
    "calls.user_calls_per_second", "transfers.part_bytes", "transfers.max_parts", "transfers.max_user_streams",
    "transfers.max_upload_silence", "transfers.upload_lifetime", "transfers.user_storage_bytes",
    "transfers.max_pending_assets", "assets.trash_lifetime", "batches.assets_a_call",
}  # fmt: skip
"""What a call, a stream or a user may have of something."""
PAGE_SIZES = {name: "limit" if name == "GetTagCloud" else "page_size" for name in PAGES}


def told() -> Iterator[tuple[str, int]]:
    """Each limit but those of pages, by its path."""
    for group, message in LIMITS.ListFields():
        if isinstance(message, Message):
            for one in message.DESCRIPTOR.fields:
                is_number = one.type != FieldDescriptor.TYPE_MESSAGE
                yield f"{group.name}.{one.name}", getattr(message, one.name) if is_number else 0


def comment_of(field: str) -> str:
    message, _, name = f"emo.{field}".rpartition(".")
    return next(value.comment for value in contract().types[message].values if value.name == name)


def says(field: str, number: int) -> bool:
    return re.search(rf"(?<![\d,])({number}|{number:,})(?![\d,]*\d)", comment_of(field)) is not None


def test_each_limit_is_known_here() -> None:
    """A new one has to say what it bounds."""
    assert {path for path, _ in told()} == set(BOUND) | BOUNDS_NO_FIELD


def test_a_fields_comment_says_its_limit() -> None:
    """The same number that the server tells, which is the one that it checks."""
    silent = [(field, number) for path, number in told() for field in BOUND.get(path, ()) if not says(field, number)]
    assert silent == []


def test_the_comments_of_pages_say_their_sizes() -> None:
    """What 0 means, and the most there is."""
    for service in contract().services:
        for rpc in service.rpcs:
            if rpc.name in PAGES:
                field = f"{rpc.request.removeprefix('emo.')}.{PAGE_SIZES[rpc.name]}"
                page = LIMITS.pages[rpc.name]
                assert says(field, page.default_size), field
                assert says(field, page.max_size), field
