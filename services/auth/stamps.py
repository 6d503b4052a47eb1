"""Stamps on forms: signed, short-lived, for one purpose and one browser (TH-13, TH-101)."""

import secrets
import time
from hmac import compare_digest

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from lectern.clock import APART
from lectern.digests import digest
from lectern.home import Home
from lectern.keys import FORMS_KEY

FORM_COOKIE = "__Host-lectern-form"
_LIFE = 3600
_COOKIE_LENGTH = 43


class Stamps:
    """Makes and checks stamps. The keys are read each time, so that one taken away opens nothing any more."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(list(self._home.keys(FORMS_KEY)), salt=f"lectern form {purpose}")

    def browser(self) -> str:
        """Return the value that names this browser: the one it brought, or a new one."""
        return _brought() or secrets.token_urlsafe(32)

    def cookie_came(self) -> bool:
        """Return whether the browser sent back the name that the page with the form gave it."""
        return _brought() is not None

    def make(self, purpose: str, browser: str, *about: str) -> str:
        """Return a stamp for a form, bound to the browser and to what the form is about."""
        stamp = self._serializer(purpose).dumps([digest(browser), *about])
        return stamp if isinstance(stamp, str) else stamp.decode()

    def fits(self, purpose: str, stamp: str, *about: str) -> bool:
        """Return whether a stamp is ours, younger than an hour, and of this browser, purpose and matter."""
        browser = _brought()
        if browser is None:
            return False
        try:
            found, made = self._serializer(purpose).loads(stamp, return_timestamp=True)
        except BadSignature:
            return False
        if not -APART <= time.time() - made.timestamp() <= _LIFE:
            return False
        return compare_digest(repr(found).encode(), repr([digest(browser), *about]).encode())


def keep_browser(response: Response, browser: str) -> None:
    """Let the browser remember its name while it fills in forms; it opens nothing."""
    if _brought() != browser:
        response.set_cookie(FORM_COOKIE, browser, path="/", secure=True, httponly=True, samesite="Lax")


def _brought() -> str | None:
    values = request.cookies.getlist(FORM_COOKIE)
    return values[0] if len(values) == 1 and len(values[0]) == _COOKIE_LENGTH else None
