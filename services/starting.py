"""What must hold before anything listens, so that a start fails at once and says why (TH-99)."""

import socket

import structlog

from lectern.errors import ConfigurationError
from lectern.settings import Settings
from lectern.upgrading import require_not_newer
from services.faults import doubts, faults, read_home

_log = structlog.get_logger("lectern.start")


def require_startable(settings: Settings) -> None:
    """Return if the home can be used, nothing is wrong with settings, words and policies, and the address is free.

    What is doubtful is logged. Raises ConfigurationError with every fault at once: a broken policies.toml at a start
    is an error, not an open door; so is a home that a newer release has changed.
    """
    settings.files.prepare()
    require_not_newer(settings.files)
    reading = read_home(settings)
    found = list(faults(settings, reading))
    if found:
        details = [detail for detail, _ in found]
        raise ConfigurationError(" ".join(details), " ".join(dict.fromkeys(remedy for _, remedy in found)), details)
    for detail, remedy in doubts(settings, reading):
        _log.warning(detail, hint=remedy)
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
