"""Which checks there are for some settings."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Final

from emo_grpc.bootstrap.engine_watch import metadata_engine
from emo_grpc.extras import Extra, installing, is_missing
from emo_grpc.preflight.certificate import look_at_certificate
from emo_grpc.preflight.finding import Check, Finding, fail, warn
from emo_grpc.preflight.folder import look_at_folder, look_at_room
from emo_grpc.preflight.issuers import issuer_checks
from emo_grpc.preflight.keys import look_at_keys
from emo_grpc.preflight.mail import look_at_mail
from emo_grpc.preflight.stored import look_at_schemas, look_at_stored_keys
from emo_grpc.settings import Settings
from emo_grpc.shared.service_layer.clock import Clock

FIREWALL: Final = "is it running, is the address right, and does the network let this machine there?"


class Plan:
    """The checks for settings. What needs a variable that is `wrong` is not tried, and says so."""

    def __init__(self, settings: Settings, wrong: Collection[str], clock: Clock, seconds: float) -> None:
        self._settings = settings
        self._wrong = wrong
        self._clock = clock
        self._seconds = seconds

    def checks(self) -> list[Check]:
        """In the order in which people get them."""
        return [self._unless_wrong(check, needed) for check, needed in self._all()]

    def _all(self) -> Iterator[tuple[Check, tuple[str, ...]]]:
        """Each with how the variables begin that it needs."""
        settings, clock = self._settings, self._clock
        yield Check("keys", partial(look_at_keys, settings)), ("JWT_", "DATA_KEY_")
        if settings.tls_cert_file is not None or self._is_wrong("TLS_"):
            yield Check("certificate", partial(look_at_certificate, settings, clock)), ("TLS_",)
        if not settings.has_shared_engines:
            yield Check("folder", partial(look_at_folder, settings.data_folder)), ("DATA_FOLDER",)
            yield Check("room", partial(look_at_room, settings.data_folder)), ("DATA_FOLDER",)
        yield from self._of_mongo()
        yield from self._of_s3()
        of_database = ("DATA_FOLDER", "MONGODB_")
        name = metadata_engine(settings)
        yield (
            Check("stored keys", partial(look_at_stored_keys, settings, clock), f"see {name}"),
            (
                *of_database,
                "DATA_KEY_",
                "JWT_",
            ),
        )
        yield Check("schema versions", partial(look_at_schemas, settings, clock), f"see {name}"), of_database
        yield Check("mail", partial(look_at_mail, settings), FIREWALL), ("EMAIL_",)
        for check in issuer_checks(settings, self._seconds):
            yield check, ()

    def _of_mongo(self) -> Iterator[tuple[Check, tuple[str, ...]]]:
        if not (self._settings.has_shared_metadata or self._is_wrong("MONGODB_")):
            return
        if is_missing(Extra.MONGO):
            yield _of_missing("MongoDB", Extra.MONGO), ()
            return
        from emo_grpc.preflight.mongo import look_at_clock, look_at_mongo  # noqa: PLC0415 - pymongo takes long to import

        yield Check("MongoDB", partial(look_at_mongo, self._settings), FIREWALL), ("MONGODB_",)
        yield (
            Check("clock of MongoDB", partial(look_at_clock, self._settings, self._clock), "see MongoDB"),
            ("MONGODB_",),
        )

    def _of_s3(self) -> Iterator[tuple[Check, tuple[str, ...]]]:
        if not (self._settings.has_shared_files or self._is_wrong("ASSET_S3_")):
            return
        if is_missing(Extra.S3):
            yield _of_missing("S3", Extra.S3), ()
            return
        from emo_grpc.preflight.s3 import look_at_clock, look_at_s3  # noqa: PLC0415 - boto3 takes long to import

        yield Check("S3", partial(look_at_s3, self._settings), FIREWALL), ("ASSET_S3_",)
        yield Check("clock of S3", partial(look_at_clock, self._settings, self._clock), "see S3"), ("ASSET_S3_",)

    def _is_wrong(self, beginning: str) -> bool:
        return any(name.startswith(beginning) for name in self._wrong)

    def _unless_wrong(self, check: Check, needed: tuple[str, ...]) -> Check:
        bad = sorted(name for name in self._wrong if name.startswith(needed)) if needed else []
        return Check(check.name, partial(_not_tried, ", ".join(bad))) if bad else check


def _not_tried(bad: str) -> list[Finding]:
    return [warn(f"not tried, because of {bad}")]


def _of_missing(name: str, extra: Extra) -> Check:
    def look() -> list[Finding]:
        return [fail("needs packages that are not installed", installing(extra))]

    return Check(name, look)
