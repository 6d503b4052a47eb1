"""Every secret of an installation that is none, told before anything is served with it (TH-101, TH-102)."""

from collections.abc import Iterator

from lectern.confidential import plain
from lectern.errors import ConfigurationError
from lectern.providers import HeaderProvider
from lectern.settings import Settings
from lectern.strength import LEAST_CHARACTERS, LEAST_GIVEN, weakness

_MAKE = "Make one with `openssl rand -hex 32`, and give it to the proxy too."
_FILE = "Let the file hold the secret on one line, readable for the account that Lectern runs under."


def weak_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each secret that is weak, missing or open to others, with its remedy; never the secret itself."""
    secret = settings.verify_secret
    if settings.verify_secret_file is not None and not secret:
        yield f"LECTERN_VERIFY_SECRET_FILE: {settings.verify_secret_file} is empty or cannot be read.", _FILE
    elif secret and (weak := weakness(secret)) is not None:
        yield f"LECTERN_VERIFY_SECRET {weak}.", _MAKE
    yield from _of_providers(settings)
    yield from settings.files.keyring.problems()


def _of_providers(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, provider in sorted(settings.providers.items()):
        if isinstance(provider, HeaderProvider):
            secret, least, remedy = plain(provider.secret), LEAST_CHARACTERS, _MAKE
            if not secret:
                where = provider.secret_file or "it"
                yield f"providers.{name} has no secret: {where} is empty or cannot be read.", _FILE
                continue
        else:
            least, remedy = LEAST_GIVEN, "Let the provider make another client secret."
            try:
                secret = provider.secret(settings.home)
            except ConfigurationError as error:
                yield f"providers.{name}: {error.detail}", error.remedy
                continue
        if secret and (weak := weakness(secret, least)) is not None:
            yield f"providers.{name}: its secret {weak}.", remedy
