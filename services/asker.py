"""One request as decisions see it: one instant, one address, one state of the policies, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Self

from auth.capability import read_capability
from auth.decision import STRANGER, Address, Reader, Verdict
from auth.pages import decide_page, door_of, is_free_text, whoever_asks
from auth.policies import Policies
from auth.rules import Rules
from auth.sessions import reader_in
from lectern.catalogue import ObjectRow, no_such_object
from lectern.clock import seconds
from lectern.digests import digest
from lectern.errors import StoreUnavailable
from lectern.ids import ImageId
from lectern.keys import CAPABILITY_KEY
from lectern.spans import step
from lectern.state_sessions import SessionRow
from services.context import Context
from services.credentials import bearer_token, cookie_in

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Judge = Callable[[Rules, int | None], Verdict]  # the verdict on a page (from 1), or on an object as a whole (None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A capability as it stands in the URL of an image."""

    image: ImageId
    capability: str


class Asker:
    """Whoever sent one request. Every verdict is worked out once, and who asks is looked up once, if at all.

    Raises StoreUnavailable when something restricted is asked for and the store is down. A page `n` counts from 1;
    None is the object as a whole.
    """

    def __init__(
        self,
        context: Context,
        environ: "WSGIEnvironment",
        where: Address | None,
        *,
        token_version: int | None = None,
        shown: Shown | None = None,
        newest: bool = False,
    ) -> None:
        """Take the request, and what counts in it beside cookie and address.

        `token_version` is given for Auth 1 info.json (1) and the probe (2) only: nowhere else a bearer token counts
        (R1, TH-31). With a capability `shown` it alone counts, and neither cookie nor token (TH-70). Its
        session is looked up as the `newest` where what another process did a moment ago counts, as in a sign-in.
        """
        self._context = context
        self._environ = environ
        self._token_version = token_version
        self._strangers: dict[tuple[str, str], Verdict] = {}
        self._judged: dict[tuple[str, str], tuple[Verdict, SessionRow | None]] = {}
        self._known: tuple[SessionRow | None, Reader] | None = None
        self.where = where
        self.cookie = cookie_in(environ)
        self.now: datetime = context.clock()
        self.policies: Policies = context.policies.current()
        self.shown = shown
        self._newest = newest

    def without_capability(self) -> Self:
        """Return the same request as if its URL had no capability in it."""
        if self.shown is None:
            return self
        same = type(self)(self._context, self._environ, self.where, token_version=self._token_version)
        same.now, same.policies = self.now, self.policies
        return same

    # Who asks

    @property
    def payer(self) -> str | None:
        """Return whom tiles are counted for (TH-71): the session of the capability or cookie, None without either.

        A capability that is none of ours is counted for itself.
        """
        if self.shown is not None:
            return self._signed or self.shown.capability
        return None if self.cookie is None else digest(self.cookie)

    @property
    def session(self) -> SessionRow | None:
        """Return the live session behind the cookie; raises StoreUnavailable."""
        return self._kept[0]

    @property
    def reader(self) -> Reader:
        """Return who the capability of the URL stands for, or else the cookie; raises StoreUnavailable.

        A stranger without a cookie is told by looking at the store too: with the store down nobody can say who is a
        stranger (R3).
        """
        return self._kept[1] if self.shown is None else self._of_capability

    @property
    def _kept(self) -> tuple[SessionRow | None, Reader]:
        if self._known is None:  # a cached_property takes a lock, and this is asked before every tile
            if self.cookie is None:
                self._context.sessions.check()
                self._known = None, STRANGER
            else:
                self._known = self._context.sessions.known(self.cookie, newest=self._newest)
        return self._known

    @cached_property
    def _of_capability(self) -> Reader:
        return STRANGER if self._signed is None else self._context.sessions.reader_of(self._signed)

    @cached_property
    def _signed(self) -> str | None:
        """Return the digest of the session that the capability of the URL names; None if it is not ours or is over."""
        if self.shown is None:
            return None
        keys = self._context.home.keys(CAPABILITY_KEY)
        return read_capability(keys, self.shown.capability, self.shown.image, seconds(self.now))

    @cached_property
    def _token(self) -> str | None:
        return bearer_token(self._environ) if self._token_version is not None and self.shown is None else None

    # What he gets

    def rules(self, row: ObjectRow) -> Rules:
        """Return the policies of an object and its pages; one that lets nobody in stands for one there is not."""
        return self.policies.rules(row.id, row.policy)

    def stranger(self, rules: Rules, n: int | None = None) -> Verdict:
        """Return what everybody gets, wherever he is; asks no store."""
        key = rules.policy.name, rules.of(n).name
        found = self._strangers.get(key)
        if found is None:
            found = self._strangers[key] = decide_page(rules, n, STRANGER, None, self.now)
        return found

    def verdict(self, rules: Rules, n: int | None = None) -> Verdict:
        """Return what the request allows: the verdict for pixels, text, search and manifests.

        What is open to everyone is answered without a look at the store (R3, TH-97).
        """
        return self._judge(rules, n)[0]

    def verdict_or_stranger(self, rules: Rules, n: int | None = None) -> Verdict:
        """Return the same as `verdict`; while nobody can say who asks, what a stranger gets (TH-97)."""
        try:
            return self.verdict(rules, n)
        except StoreUnavailable:
            return self.stranger(rules, n)

    def text(self, rules: Rules, n: int | None = None) -> Verdict:
        """Return what the request allows of a text: a stranger's verdict where the text is everybody's.

        Such a text (`search = "open"`) needs no look at the store, even if its pictures do (R3, TH-97).
        """
        stranger = self.stranger(rules, n)
        return stranger if is_free_text(stranger) else self.verdict(rules, n)

    def is_anybody(self, rules: Rules, n: int | None = None) -> bool:
        """Return whether everybody at this address is let in, whoever he is: then no store need be asked."""
        return whoever_asks(rules, n, decide_page(rules, n, STRANGER, self.where, self.now))

    def owed_to(self, rules: Rules, n: int | None = None) -> SessionRow | None:
        """Return the session whose access token lets in where cookie and address do not; None if none does."""
        if self._token is None:
            return None
        verdict, holder = self._judge(rules, n)
        return holder if verdict.allowed else None

    def find(self, object_id: str, n: int | None = None, *, text: bool = False) -> tuple[ObjectRow, Verdict]:
        """Return an object and what the request allows of it, or of its page `n`, or of the `text` of that.

        Raises NotFound in the very same words for one that is not there and one that is hidden from this reader
        (TH-85); a page may be hidden in an object that is not.
        """
        row = self._context.catalogue.get(object_id)
        rules = self.rules(row)
        verdict = self.text(rules, n) if text else self.verdict(rules, n)
        if verdict.manifest == "hidden" and (n is None or self.verdict(rules).manifest == "hidden"):
            raise no_such_object(object_id)
        return row, verdict

    def _judge(self, rules: Rules, n: int | None) -> tuple[Verdict, SessionRow | None]:
        """Return the verdict, and the session behind the access token if that was looked at."""
        key = rules.policy.name, rules.of(n).name  # a verdict is of a page's policy and its object's
        found = self._judged.get(key)
        if found is None:
            found = self._judged[key] = self._decided(rules, n)
        return found

    def _decided(self, rules: Rules, n: int | None) -> tuple[Verdict, SessionRow | None]:
        """Return what is decided; of what is hidden from strangers, what these get while nobody can say who asks.

        An error would tell that there is something (TH-85).
        """
        try:
            with step("verdict"):
                return self._decide(rules, n)
        except StoreUnavailable:
            stranger = self.stranger(rules, n)
            if stranger.manifest != "hidden":
                raise
            return stranger, None

    def _decide(self, rules: Rules, n: int | None) -> tuple[Verdict, SessionRow | None]:
        stranger = self.stranger(rules, n)
        if stranger.public:  # the same for whomever, wherever he is
            return stranger, None
        stranger = decide_page(rules, n, STRANGER, self.where, self.now)
        if whoever_asks(rules, n, stranger):
            return stranger, None
        verdict = decide_page(rules, n, self.reader, self.where, self.now)
        holder = None if verdict.allowed else self._holder(rules, n)
        if holder is None:
            return verdict, None
        return decide_page(rules, n, reader_in(holder), self.where, self.now), holder

    def _holder(self, rules: Rules, n: int | None) -> SessionRow | None:
        """Return the live session behind the access token, where one counts."""
        if self._token is None or self._token_version is None:
            return None
        return self._context.sessions.holder(self._token, door_of(rules, n, self.now).name, self._token_version)
