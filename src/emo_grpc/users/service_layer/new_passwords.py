"""Takes the passwords that people choose."""

from dataclasses import dataclass
from secrets import token_urlsafe

from emo_grpc.users.domain.errors import PasswordTooWeak
from emo_grpc.users.domain.passwords import PasswordOwner
from emo_grpc.users.service_layer.password_strength import PasswordStrength
from emo_grpc.users.service_layer.ports import PasswordHasher


@dataclass(frozen=True, slots=True)
class NewPasswords:
    """Every password that is chosen goes through here, so that none is hashed that would be guessed soon."""

    strength: PasswordStrength
    hasher: PasswordHasher

    async def hash(self, password: str, owner: PasswordOwner, *, field: str) -> str:
        """The hash to store; raises PasswordTooWeak, which names `field`."""
        weakness = await self.strength.weakness(password, owner.guessable_words())
        if weakness is not None:
            raise PasswordTooWeak(field, weakness, owner.locale)
        return await self.hasher.hash(password)

    async def hash_of_none(self) -> str:
        """That of an account without a password: whatever is typed is wrong, and takes as long as with others."""
        return await self.hasher.hash(token_urlsafe())
