"""How commands tell the audit log what an administrator did (TH-107)."""

from auth.audit import Event, Happening
from lectern.settings import Settings
from services.context import Context
from services.observing import configure_logs


def tell(settings: Settings, event: Event, about: str, *, user: str = "", provider: str = "", policy: str = "") -> None:
    """Write one line of the audit log; `about` is in words of the program's own, `user` whom it was done to."""
    configure_logs(settings.log_format, settings.log_level)
    Context(settings).audit.record(
        Happening(event, granted=True, provider=provider, user=user, policy=policy, about=about)
    )
