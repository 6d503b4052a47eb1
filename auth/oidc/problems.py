"""Why a sign-in at a provider comes to nothing. Reasons are for the log: fixed words, never a provider's."""

from lectern.errors import LecternError


class Refused(LecternError):
    """Something a provider or a browser sent is not to be believed; `reason` says what, in fixed words (R3)."""

    status = 400
    title = "The sign-in was refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Declined(Refused):
    """The provider says that nobody signs in: mostly the reader himself has said no there."""


class ProviderUnavailable(LecternError):
    """A provider does not answer, or not in the form it should; later it may (TH-45)."""

    status = 503
    title = "The provider is not available"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
