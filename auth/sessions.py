"""Sessions and access tokens: random values outside, their SHA-256 inside (TH-30), limits kept here (TH-29)."""

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from hmac import compare_digest

from auth.decision import STRANGER, Reader
from auth.identity import CredentialRevoked, Identity
from lectern.clock import Clock, seconds
from lectern.digests import digest
from lectern.errors import StoreUnavailable
from lectern.names import CODES
from lectern.settings import Settings
from lectern.state import State
from lectern.state_acceptances import Acceptances
from lectern.state_sessions import OpenSession, SessionRow, SessionStore, TokenRow

_SECRET_BYTES = 32
_TOUCH_EVERY = 60


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as the viewer gets it; it lives for `seconds`."""

    value: str
    seconds: int


class Sessions:
    """Opens, finds and ends sessions, and gives out tokens. Raises StoreUnavailable when the store is down."""

    def __init__(self, state: State, settings: Settings, clock: Clock) -> None:
        self._state = state
        self._store = SessionStore(state)
        self._idle = settings.session_idle
        self._absolute = settings.session_absolute
        self._token_life = settings.token_life
        self._clock = clock

    @property
    def ended(self) -> int:
        """Return a number that grows when this process ends or changes a session: who remembers verdicts forgets."""
        return self._state.ended

    def check(self) -> None:
        """Return if the store can be read; raises StoreUnavailable (TH-97)."""
        self._state.check()

    # Finding

    def find(self, cookie: str | None) -> SessionRow | None:
        """Return the live session behind a cookie, and note its use once a minute; None for anything else."""
        return self._used(self._kept(cookie, newest=True))

    def reader(self, cookie: str | None) -> Reader:
        """Return who a cookie stands for: a stranger without one, or with one that we did not give out (TH-15)."""
        return self.known(cookie)[1]

    def known(self, cookie: str | None, *, newest: bool = False) -> tuple[SessionRow | None, Reader]:
        """Return the live session behind a cookie, as `find` does, and who it stands for.

        Over PostgreSQL it may be two seconds old unless the `newest` is wanted; that a session is over is never said
        by what is old.
        """
        kept = self._kept(cookie, newest=newest)
        session = self._used(kept)
        if session is not None:
            return session, reader_in(session)
        return None, STRANGER if kept is None else Reader(expired=True)

    def reader_of(self, kept: str) -> Reader:
        """Return who the session kept under a digest stands for; a stranger if it has ended (TH-70).

        A digest comes out of our own store or out of what we signed, never out of a reader's mouth.
        """
        session = self._used(self._store.get(kept, newest=False))
        return STRANGER if session is None else reader_in(session)

    def holder(self, token: str, policy: str, version: int) -> SessionRow | None:
        """Return the live session that a token was given to, for one policy in one version of the API (TH-32, AUX-29).

        None for an unknown, ended or foreign token, and for one whose session has ended.
        """
        key = digest(token)
        return self._holder(key, policy, version, newest=False) or self._holder(key, policy, version, newest=True)

    def _holder(self, key: str, policy: str, version: int, *, newest: bool) -> SessionRow | None:
        row = self._store.token(key, newest=newest)
        if row is None or not compare_digest(row.digest, key):
            return None
        now = seconds(self._clock())
        if row.ends <= now or row.policy != policy or row.version != _kind(version):
            return None
        session = self._store.get(row.session, newest=newest)
        return None if session is None or self._is_over(session, now) else session

    def _used(self, row: SessionRow | None) -> SessionRow | None:
        """Return a session if it is live, its use noted once a minute."""
        now = seconds(self._clock())
        if row is None or self._is_over(row, now):
            return None
        if now - row.seen >= _TOUCH_EVERY:
            with suppress(StoreUnavailable):  # who can be read is answered; the next request notes it
                self._store.touch(row.digest, now)
        return row

    def _kept(self, cookie: str | None, *, newest: bool) -> SessionRow | None:
        if not cookie:
            return None
        key = digest(cookie)
        row = self._store.get(key, newest=newest)
        return row if row is not None and compare_digest(row.digest, key) else None

    def _is_over(self, row: SessionRow, now: int) -> bool:
        """Return whether a session has ended, and note it for good, so that no clock set back revives it."""
        if row.over:
            return True
        if now < row.ends and now < self._last_use(row, now) + self._idle:
            return False
        with suppress(StoreUnavailable):
            self._store.mark_ended(row.digest)
        return True

    def _last_use(self, row: SessionRow, now: int) -> int:
        """Return when a session was seen last; where it seems to have ended, by what other processes have noted too."""
        if now < row.seen + self._idle:
            return row.seen
        newest = self._store.get(row.digest)
        return row.seen if newest is None else newest.seen

    # Opening and ending

    def sign_in(self, who: Identity, origin: str, cookie: str | None = None) -> str:
        """Return the cookie value of a new session of a reader; the old session is dead (TH-15).

        Accepted terms and viewers of the same person's earlier session in this browser are taken over, of
        somebody else's nothing (TH-36); what this reader accepted in any earlier session counts again. Raises
        CredentialRevoked if the password or code that he has shown is not what the store keeps any more, or if his
        provider has ended his session there since he went to it (TH-50).
        """
        old = self.find(cookie)
        same = old is not None and (old.user is None or (old.provider, old.user) == (who.provider, who.user))
        kept = Acceptances(self._state).of(who.provider, who.user)
        now = seconds(self._clock())
        ends = now + self._absolute
        row = SessionRow(
            digest="",
            user=who.user,
            roles=who.roles,
            terms=tuple(dict.fromkeys((*(old.terms if old is not None and same else ()), *kept))),
            origins=_with(old.origins if old is not None and same else (), origin),
            created=now,
            seen=now,
            ends=ends if who.ends is None else min(ends, who.ends),
            provider=who.provider,
            name=who.name,
            sid=who.sid,
            id_token=who.id_token,
        )
        opened = self._open(row, replaces=old, credential=who.credential, begun=who.begun)
        if opened is None and old is None:
            raise CredentialRevoked
        return opened or self.sign_in(who, origin)

    def accept_terms(self, terms: str, origin: str, cookie: str | None = None) -> str:
        """Return the cookie value of a session in which terms (`Policy.terms`) are accepted.

        It has a new id (TH-15) but never ends later than the one it replaces (TH-29), and keeps its tokens. For a
        reader with an account the acceptance outlives it; for anybody else it ends with the session.
        """
        old = self.find(cookie)
        now = seconds(self._clock())
        before = old or SessionRow("", None, (), (), (), created=now, seen=now, ends=now + self._absolute)
        row = replace(before, terms=_with(before.terms, terms), origins=_with(before.origins, origin), seen=now)
        opened = self._open(row, replaces=old, move_tokens=True)
        if opened is None:
            return self.accept_terms(terms, origin)
        if row.user is not None and row.provider != CODES:  # the next who types a code may be somebody else
            Acceptances(self._state).keep(row.provider, row.user, terms, now)
        return opened

    def _open(
        self,
        row: SessionRow,
        *,
        replaces: SessionRow | None,
        move_tokens: bool = False,
        credential: str = "",
        begun: int | None = None,
    ) -> str | None:
        """Return a new cookie value; None if what is replaced, or what it is opened with, went away meanwhile."""
        value = secrets.token_urlsafe(_SECRET_BYTES)
        old = replaces.digest if replaces else None
        opened = replace(row, digest=digest(value))
        kept = self._store.put(
            opened, idle=self._idle, replaces=old, move_tokens=move_tokens, credential=credential, begun=begun
        )
        return value if kept else None

    def add_origin(self, cookie: str, origin: str) -> None:
        """Note that a viewer ran the access step in this session (TH-02)."""
        session = self.find(cookie)
        if session is not None and origin not in session.origins:
            self._store.add_origin(session.digest, origin)

    def sign_out(self, cookie: str | None) -> None:
        """End the session behind a cookie with all its tokens; harmless for any other value (TH-28, TH-34)."""
        if cookie:
            self._store.remove(digest(cookie))

    def open(self, *, user: str | None = None, provider: str | None = None) -> list[OpenSession]:
        """Return the live sessions, of one user or provider if given, without any secret."""
        return self._store.open(seconds(self._clock()), self._idle, user=user, provider=provider)

    def count(self) -> int:
        """Return how many sessions are live."""
        return self._store.count(seconds(self._clock()), self._idle)

    def end_all(self, *, user: str | None = None, provider: str | None = None) -> int:
        """End every session of a provider or a user, all of them if neither is given; returns how many there were."""
        return self._store.end(user=user, provider=provider)

    def end_by_provider(self, provider: str, *, jti: str, ends: int, user: str, sid: str) -> int | None:
        """Return how many sessions have ended by a logout token of a provider, None if it was seen before (TH-50).

        Those of `sid` end (and of `user`, if both are named), else all of `user`. `jti` is the token's own name, kept
        until `ends` (seconds since 1970 UTC).
        """
        key, now = digest(f"{provider} {jti}"), seconds(self._clock())
        return self._store.end_by_provider(provider, jti=key, ends=ends, now=now, user=user, sid=sid)

    # Tokens

    def issue_token(self, cookie: str, policy: str, version: int, origin: str) -> AccessToken | None:
        """Return a new token for one policy, version and viewer, or None if the session has ended meanwhile.

        It lives no longer than the session behind it (TH-29), says nothing and derives from nothing (TH-30).
        """
        session = self.find(cookie)
        if session is None:
            return None
        now = seconds(self._clock())
        last_seen = now if now - session.seen >= _TOUCH_EVERY else session.seen
        life = min(self._token_life, session.ends - now, last_seen + self._idle - now)
        value = secrets.token_urlsafe(_SECRET_BYTES)
        row = TokenRow(digest(value), session.digest, policy, _kind(version), origin, now + life)
        return AccessToken(value, life) if self._store.put_token(row, now) else None

    def ambient_token(self) -> AccessToken:
        """Return a token for a reader whose address alone lets him in.

        It is not kept: it opens nothing, and the probe looks at the address again each time (TH-21, TH-37).
        """
        return AccessToken(secrets.token_urlsafe(_SECRET_BYTES), self._token_life)


def _kind(version: int) -> int:
    """Return the version a token is kept under: 0.9 and 1.0 share the description resources it is good for."""
    return max(version, 1)


def _with(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return values if value in values else (*values, value)


def reader_in(row: SessionRow) -> Reader:
    """Return who a live session stands for."""
    return Reader(row.user, frozenset(row.roles), frozenset(row.terms), session=True, provider=row.provider)
