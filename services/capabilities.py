"""Capabilities at the edge: who is given one, and what one allows (TH-70). Off unless `capability_urls` is set."""

from flask import Request

from auth.capability import make_capability, read_capability
from auth.decision import STRANGER, Verdict
from auth.pages import decide_page, door_of
from lectern.catalogue import ObjectRow
from lectern.clock import seconds
from lectern.ids import ImageId, split_capability
from lectern.keys import CAPABILITY_KEY
from services.context import Context
from services.gate import Gate, bearer_token


class Capabilities:
    """Gives and judges capabilities. Raises StoreUnavailable when the store is down."""

    def __init__(self, context: Context, gate: Gate) -> None:
        self._context = context
        self._gate = gate

    def split(self, text: str) -> tuple[str, str | None]:
        """Return an image's identifier and the capability in it; while they are off there is none in any."""
        return split_capability(text) if self._context.settings.capability_urls else (text, None)

    def grant(self, request: Request, row: ObjectRow, image: ImageId, *, version: int) -> str | None:
        """Return a capability for a reader who shows an access token, and whose browser sent no cookie that will do.

        It ends with the session at the latest. Who is let in by address or cookie needs none, a tier is everybody's.
        """
        context, token = self._context, bearer_token(request)
        if not context.settings.capability_urls or token is None or image.tier is not None:
            return None
        if self._gate.verdict(request, row, image.n).allowed:
            return None
        rules, now = self._gate.rules(row), context.clock()
        session = context.sessions.holder(token, door_of(rules, image.n, now).name, version)
        if session is None or not self._decide(request, row, image, session.digest).allowed:
            return None
        ends = min(seconds(now) + context.settings.capability_life, session.ends)
        return make_capability(self._keys(), image, session.digest, ends)

    def verdict(self, request: Request, row: ObjectRow, image: ImageId, capability: str) -> Verdict:
        """Return what a capability allows just now: all that its session is allowed, of its image, while both live."""
        session = read_capability(self._keys(), capability, image, seconds(self._context.clock()))
        return self._decide(request, row, image, session)

    def _decide(self, request: Request, row: ObjectRow, image: ImageId, session: str | None) -> Verdict:
        where, now = self._gate.address(request), self._context.clock()
        reader = STRANGER if session is None else self._context.sessions.reader_of(session)
        return decide_page(self._gate.rules(row), image.n, reader, where, now)

    def payer(self, image: ImageId, capability: str) -> str:
        """Return what the tiles of a capability are counted for: its session, or itself if it is none (TH-71)."""
        return read_capability(self._keys(), capability, image, seconds(self._context.clock())) or capability

    def _keys(self) -> tuple[bytes, ...]:
        """Return the keys, oldest to newest; an older one is good as long as it is kept."""
        return self._context.home.keys(CAPABILITY_KEY)
