"""Whether a server keeps what is deleted."""

from emo_grpc.client import EmoClient, EmoClientError


async def has_trash(client: EmoClient) -> bool:
    """Whether what is deleted can be brought back for a while; one that does not say destroys it.

    The limit is looked for by its name, which not every server knows. Raises EmoClientError.
    """
    try:
        limits = (await client.server.info()).limits.assets
    except EmoClientError as error:
        if error.code.name != "UNIMPLEMENTED":
            raise
        return False
    return any(field.name == "trash_lifetime" and value.ToNanoseconds() > 0 for field, value in limits.ListFields())
