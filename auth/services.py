"""What the two versions of the Authorization API have in common: JSON objects, and why a token is refused."""

from enum import Enum
from typing import Any

from auth.decision import Reason

Json = dict[str, Any]


class TokenError(Enum):
    """Why no token is given: its name in Auth 1 (AU1-35), in Auth 2 (AU2-34), and the JSON variant's status."""

    INVALID_REQUEST = ("invalidRequest", "invalidRequest", 400)
    INVALID_ORIGIN = ("invalidOrigin", "invalidOrigin", 401)
    MISSING = ("missingCredentials", "missingAspect", 401)
    EXPIRED = ("invalidCredentials", "expiredAspect", 401)
    REFUSED = ("invalidCredentials", "invalidAspect", 401)
    UNAVAILABLE = ("unavailable", "unavailable", 503)
    BLOCKED = ("missingCredentials", "missingAspect", 401, "third-party cookies")

    @property
    def error(self) -> str:
        """Return the value of `error` in Auth 0.9 and 1.0."""
        return str(self.value[0])

    @property
    def profile(self) -> str:
        """Return the value of `profile` in Auth 2."""
        return str(self.value[1])

    @property
    def status(self) -> int:
        """Return the HTTP status of the JSON variant (AU1-34)."""
        return int(self.value[2])


_BY_REASON = {
    Reason.SIGN_IN: TokenError.MISSING,
    Reason.TERMS_MISSING: TokenError.MISSING,
    Reason.EXPIRED: TokenError.EXPIRED,
}

EXPLANATIONS = {
    TokenError.INVALID_REQUEST: ("The request was not understood", "The viewer left out or mangled a parameter."),
    TokenError.INVALID_ORIGIN: ("Another viewer", "Please sign in again from this viewer."),
    TokenError.MISSING: (
        "Not signed in",
        "Your browser sent no sign-in. If you have just signed in, it may block cookies of other sites.",
    ),
    TokenError.BLOCKED: (
        "Your browser keeps your sign-in from this viewer",
        "You have just been let in, but your browser sends no cookies to this site from within another (third-party "
        "cookies are blocked). Allow them, or open the book in the viewer of the institution that holds it.",
    ),
    TokenError.EXPIRED: ("Your session has ended", "Please sign in again."),
    TokenError.UNAVAILABLE: ("Not available just now", "Please try again in a moment."),
}


def token_error_of(reason: Reason) -> TokenError:
    """Return why a reader who is denied gets no token (TH-09)."""
    return _BY_REASON.get(reason, TokenError.REFUSED)
