"""Where requests meet the one decision: who asks, and from where."""

from typing import TYPE_CHECKING

from flask import Request

from auth.decision import Address
from services.asker import Asker, Shown
from services.context import Context
from services.credentials import address_in

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Gate:
    """Reads requests for the services of one installation."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def asker(self, request: Request, token_version: int | None = None, shown: Shown | None = None) -> Asker:
        """Return who sent a request, to be asked what it allows; `token_version` and `shown` as Asker has them."""
        return self.asker_in(request.environ, self.address(request), token_version, shown)

    def asker_of_steps(self, request: Request) -> Asker:
        """Return the same for a step of a sign-in: the session is what the step before made of it, wherever it ran."""
        return Asker(self._context, request.environ, self.address(request), newest=True)

    def asker_of_words(self, request: Request) -> Asker:
        """Return who sent a request for words. To a page of another site no address opens them (TH-89).

        Any page that somebody in the reading room looks at could read them there: the answers are readable by all. A
        viewer that lives elsewhere is named in the setting `allowed_origins`.
        """
        where = None if self._is_of_another_site(request) else self.address(request)
        return self.asker_in(request.environ, where)

    def _is_of_another_site(self, request: Request) -> bool:
        text = request.headers.get("Origin")
        if text is None or request.headers.get("Sec-Fetch-Site") in ("same-origin", "same-site"):
            return False
        origin = self._context.origins.parse(text)
        return origin is None or not self._context.origins.names(origin)

    def asker_in(
        self,
        environ: "WSGIEnvironment",
        where: Address | None,
        token_version: int | None = None,
        shown: Shown | None = None,
    ) -> Asker:
        """Return the same where the address is known and nobody made a Request: that takes long."""
        return Asker(self._context, environ, where, token_version=token_version, shown=shown)

    def address(self, request: Request, *, proxies: int | None = None) -> Address | None:
        """Return the client's address: the one that the outermost of the stated proxies saw (TH-53), or None.

        `proxies` overrides the number of proxies in front; entries further left are the client's own words.
        """
        return address_in(request.environ, self._context.settings.trusted_proxies if proxies is None else proxies)
