"""What one user keeps: made up, as large and as varied as what people have."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from random import Random
from uuid import UUID

from emo_grpc.assets.domain.asset import Asset, Description
from emo_grpc.assets.domain.content import Manifest, StoredContent, WrappedKey
from emo_grpc.assets.domain.event_date import DatePrecision, first_moment
from emo_grpc.assets.domain.file import File
from emo_grpc.assets.domain.ids import AssetId, BlobKey
from emo_grpc.shared.domain.ids import UserId

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=30)
FIRST_EVENT = datetime(1960, 1, 1, tzinfo=UTC)
EVENT_SECONDS = 60 * 365 * 86_400
ZONE = "Europe/Madrid"
PART_SIZE = 8 << 20
TRASHED_FOR = timedelta(days=30)
PURGE_TIME = datetime(2100, 1, 1, tzinfo=UTC)
TRASHED_OF = 10
"""One asset in so many was deleted."""

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo")
TAGS = [f"tag {number:03}" for number in range(300)]
PEOPLE = [f"Person {number:02}" for number in range(40)]
PLACES = [f"Place {number:02}, Spain" for number in range(40)]
TYPES = ["image/jpeg", "image/heic", "video/mp4", "audio/mpeg", "application/pdf"]
TYPE_WEIGHTS = [60, 25, 8, 3, 4]


def word(rank: int) -> str:
    """The word of this rank, of 3 syllables and its number in letters: no two are the same."""
    letters = ""
    left = rank
    for _ in range(4):
        left, at = divmod(left, len(SYLLABLES))
        letters += SYLLABLES[at]
    return letters


def folder(number: int) -> str:
    """One of 5,000, up to 6 deep; 125 lie at the top."""
    path = f"Album {number % 125:03}"
    left, depth = number // 125, 1
    while left and depth < 6:
        path += f"/Part {left % 4}"
        left, depth = left // 4, depth + 1
    return path


def _zipf(count: int) -> list[float]:
    """Weights that add up: the n-th is chosen 1/n as often as the first."""
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


WORDS = [word(rank) for rank in range(20_000)]
FOLDERS = [folder(number) for number in range(5_000)]
WORD_WEIGHTS, TAG_WEIGHTS, PEOPLE_WEIGHTS, PLACE_WEIGHTS, FOLDER_WEIGHTS = (
    _zipf(len(names)) for names in (WORDS, TAGS, PEOPLE, PLACES, FOLDERS)
)


@dataclass(frozen=True)
class Vault:
    """The assets of one user, the same ones whenever they are made; those of another `seed` are others.

    After `pattern` assets they come again, later and under other ids.
    """

    owner_id: UserId
    kek_id: str
    seed: int = 0
    pattern: int = 110_000
    _random: Random = field(init=False, default_factory=Random)

    def assets(self, count: int) -> Iterator[Asset]:
        """So many, and beside them a tenth as many in the trash."""
        total = count + count // TRASHED_OF
        for first in range(0, total, self.pattern):
            self._random.seed(self.seed)
            for number in range(min(self.pattern, total - first)):
                asset = self._asset(number, first)
                if number % (TRASHED_OF + 1) == TRASHED_OF:
                    asset.move_to_trash(now=asset.update_time + TRASHED_FOR, purge_time=PURGE_TIME)
                yield asset

    def _asset(self, number: int, first: int) -> Asset:
        now = BEGIN + EVERY * (first + number)
        content_type = self._random.choices(TYPES, TYPE_WEIGHTS)[0]
        size = int(self._random.lognormvariate(14.5, 1)) + number % 1000
        asset = Asset.create(
            asset_id=AssetId(self._uuid(first // self.pattern)),
            owner_id=self.owner_id,
            description=self._description(),
            file=File(f"IMG_{number:07}.{content_type.partition('/')[2]}", content_type, size),
            now=now,
        )
        key = WrappedKey(self.kek_id, self._random.randbytes(60))
        content = StoredContent(
            BlobKey(self._uuid(first // self.pattern)), Manifest(size, PART_SIZE, self._random.getrandbits(32)), key
        )
        asset.complete(content, now=now)
        return asset

    def _description(self) -> Description:
        choices = self._random.choices
        event_date, precision = self._event()
        return Description(
            title=" ".join(choices(WORDS, cum_weights=WORD_WEIGHTS, k=3)),
            description=" ".join(choices(WORDS, cum_weights=WORD_WEIGHTS, k=5)),
            tags=tuple(dict.fromkeys(choices(TAGS, cum_weights=TAG_WEIGHTS, k=5))),
            people=tuple(dict.fromkeys(choices(PEOPLE, cum_weights=PEOPLE_WEIGHTS, k=3))),
            location=choices(PLACES, cum_weights=PLACE_WEIGHTS)[0],
            event_date=event_date,
            event_precision=precision,
            event_zone="" if event_date is None else ZONE,
            bookmarked=self._random.random() < 0.05,
            folder=choices(FOLDERS, cum_weights=FOLDER_WEIGHTS)[0],
        )

    def _uuid(self, turn: int) -> UUID:
        """The last byte tells how often the assets came before."""
        return UUID(bytes=self._random.randbytes(15) + bytes([turn]), version=4)

    def _event(self) -> tuple[datetime | None, DatePrecision]:
        """Of some only the day is known, or the year, or nothing."""
        kind = self._random.random()
        moment = FIRST_EVENT + timedelta(seconds=self._random.randrange(EVENT_SECONDS))
        if kind < 0.03:
            return None, DatePrecision.SECOND
        precision = DatePrecision.SECOND if kind < 0.8 else DatePrecision.DAY if kind < 0.95 else DatePrecision.YEAR
        return first_moment(moment, precision, ZONE), precision


def batches(assets: Iterator[Asset], size: int) -> Iterator[list[Asset]]:
    """So many at once."""
    while some := list(islice(assets, size)):
        yield some
