"""What must hold before anything listens, so that a start fails at once and says why (TH-99)."""

import socket

import structlog

from auth.policies import load_policies
from auth.policy_book import require_not_lost
from auth.policy_texts import Ours
from auth.wording import load_words
from lectern.errors import ConfigurationError
from lectern.settings import Settings
from services.checking import CROSS_SITE
from services.checking_providers import provider_troubles
from services.secrecy import require_strong_secrets

_log = structlog.get_logger("lectern.start")


def require_startable(settings: Settings) -> None:
    """Return if the home can be used, its secrets are such, its policies are whole and the address is free.

    Raises ConfigurationError otherwise: a broken policies.toml at a start is an error, not an open door.
    """
    settings.files.prepare()
    require_strong_secrets(settings)
    ours = Ours(load_words(settings.files.words), settings.institution)
    file = settings.files.policies_file
    require_not_lost(file, load_policies(file, ours, settings.providers.keys()))
    for detail, remedy in provider_troubles(settings, online=False):
        raise ConfigurationError(detail, remedy)
    if settings.cross_site:
        _log.warning(CROSS_SITE[0], hint=CROSS_SITE[1])
    _require_port(settings)


def _require_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"{settings.host} port {settings.port} cannot be listened on: {error.strerror}.",
                "Choose another with --port, PORT or LECTERN_HOST, or end the program that has it.",
            ) from error
