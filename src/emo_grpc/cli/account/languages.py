"""The languages that `--locale` can name."""

import re

from emo_grpc.cli.failures import EXIT_CODES, Refusal
from emo_grpc.client import EmoClient, EmoClientError


async def require_language(client: EmoClient, locale: str) -> None:
    """Raise Refusal for a language tag (BCP 47) if the server writes nothing in its language, whatever the region.

    The server itself takes any tag, for programs that have other languages. Raises EmoClientError.
    """
    if not locale:
        return
    try:
        known = (await client.server.info()).languages
    except EmoClientError as error:
        if error.code.name != "UNIMPLEMENTED":
            raise
        return  # it is too old to say
    language = re.split("[-_]", locale)[0].lower()
    if known and language not in known:
        sentence = f"--locale: the server writes no mails in {locale}, but in {', '.join(known)}"
        raise Refusal(sentence, EXIT_CODES["INVALID_ARGUMENT"])
