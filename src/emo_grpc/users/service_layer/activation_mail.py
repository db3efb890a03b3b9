"""The mail that activates an account."""

from dataclasses import dataclass
from typing import Final

from emo_grpc.users.domain.secrets import ActivationSecret
from emo_grpc.users.domain.user import ACTIVATION_LIFETIME, User
from emo_grpc.users.service_layer.ports import Mail


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail in one language; `{name}`, `{command}` and `{days}` are filled in."""

    subject: str
    body: str
    link: str


ENGLISH: Final = Wording(
    "Activate your emo account",
    "Hello {name},\n\nthis command activates your account, within {days} days:\n\n{command}\n",
    "\nOr open {url}\n",
)
WORDINGS: Final = {
    "en": ENGLISH,
    "es": Wording(
        "Activa tu cuenta de emo",
        "Hola, {name}:\n\nEste comando activa tu cuenta, durante {days} días:\n\n{command}\n",
        "\nO abre {url}\n",
    ),
    "ca": Wording(
        "Activa el teu compte d'emo",
        "Hola, {name},\n\nAquesta ordre activa el teu compte, durant {days} dies:\n\n{command}\n",
        "\nO obre {url}\n",
    ),
}


def activation_mail(user: User, secret: ActivationSecret, public_url: str) -> Mail:
    """Write it in the user's language, or in English.

    A link is added if the service has a public address: the page there is the operator's.
    """
    wording = WORDINGS.get(user.locale.split("-")[0].lower(), ENGLISH)
    # One token in 64 begins with a hyphen, as an option does.
    command = f"emo activate {'-- ' if secret.text.startswith('-') else ''}{secret.text}"
    body = wording.body.format(name=user.public_name, command=command, days=ACTIVATION_LIFETIME.days)
    if public_url:
        # After the #, so that it stays out of the logs of web servers.
        body += wording.link.format(url=f"{public_url.rstrip('/')}/activate#{secret.text}")
    return Mail(to=user.email, subject=wording.subject, body=body)
