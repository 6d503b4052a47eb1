"""Every secret of an installation that is none, told before anything is served with it (TH-101, TH-102)."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from lectern.providers import HeaderProvider
from lectern.settings import Settings
from lectern.strength import LEAST_CHARACTERS, LEAST_GIVEN, weakness

_MAKE = "Make one with `openssl rand -hex 32`, and give it to the proxy too."
_FILE = "Let the file hold the secret on one line, readable for the account that Lectern runs under."
_GIVEN = "Let the provider make another client secret."


def weak_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each secret that is weak, missing or open to others, with its remedy; never the secret itself."""
    yield from _judged("LECTERN_VERIFY_SECRET", settings.verify_secret, settings.verify_secret_file)
    for name, one in sorted(settings.providers.items()):
        if isinstance(one, HeaderProvider):
            yield from _judged(f"providers.{name}.secret", one.secret, one.secret_file, needed=True)
        else:
            secret, file = one.client_secret, one.client_secret_file
            yield from _judged(f"providers.{name}.client_secret", secret, file, _GIVEN, least=LEAST_GIVEN)
    yield from settings.files.keyring.problems()


def _judged(
    name: str,
    secret: SecretStr,
    file: Path | None,
    remedy: str = _MAKE,
    *,
    least: int = LEAST_CHARACTERS,
    needed: bool = False,
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one secret: it is none, or what its file holds is."""
    value = secret.get_secret_value()
    if not value and file is not None:
        yield f"{name}: its file {file} is empty or cannot be read.", _FILE
    elif not value and needed:
        yield f"{name} is missing.", remedy
    elif value and (weak := weakness(value, least)) is not None:
        yield f"{name} {weak}.", remedy
