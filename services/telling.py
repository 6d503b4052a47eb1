"""How commands tell the audit log what an administrator did (TH-107)."""

import sys

from auth.audit import Event, Happening
from lectern.settings import Settings
from services.context import Context
from services.observing import configure_logs


def tell(settings: Settings, event: Event, about: str, *, user: str = "", provider: str = "", policy: str = "") -> None:
    """Write one line of the audit log; `about` is in words of the program's own, `user` whom it was done to.

    Where the log has no file of its own it is standard error, for whoever collects that: a person at a terminal, who
    has read already what was done, is not shown it.
    """
    if not settings.audit_file and _at_terminal():
        return
    configure_logs(settings.log_format, settings.log_level)
    Context(settings).audit.record(
        Happening(event, granted=True, provider=provider, user=user, policy=policy, about=about)
    )


def _at_terminal() -> bool:
    return sys.stderr.isatty()
