"""Sessions and access tokens in the state: kept, found, ended, and what an operator sees of them.

Secrets come in as SHA-256 only (TH-30). A session takes its tokens with it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from lectern.database import insert_into
from lectern.names import CODES, LOCAL
from lectern.state import State
from lectern.state_farewells import note_farewell, was_ended
from lectern.state_tables import codes, seen_logout_tokens, sessions, tokens, users

MOST_SESSIONS = 200_000
MOST_TOKENS_PER_SESSION = 20
_SWEEP_EVERY_SECONDS = 60
_SWEEP_EVERY_SESSIONS = 1000
_MOST_SWEPT = 5000  # ended sessions that one write takes away: more than come in until the next that does
_KEPT_AFTER_END = 3600  # an ended session is told from an unknown one for this long ("expired" helps readers)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session. `digest` is the SHA-256 of the cookie's value; `terms` are accepted ones (`policy@version`).

    `origins` are the viewers that ran the access step; `over` is set once the session was seen to have ended,
    so that a clock set back does not revive it (TH-100). `provider`, `name`, `sid` and `id_token` are what the identity
    said that it was opened with; nobody in particular has no `user`.
    """

    digest: str
    user: str | None
    roles: tuple[str, ...]
    terms: tuple[str, ...]
    origins: tuple[str, ...]
    created: int
    seen: int
    ends: int
    over: bool = False
    provider: str = LOCAL
    name: str = ""
    sid: str = ""
    id_token: str = ""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An access token: good for one policy and one version of the API, given to one origin."""

    digest: str
    session: str
    policy: str
    version: int
    origin: str
    ends: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A live session without its secrets. Times are seconds since 1970 UTC; `ends` is the latest it can last.

    `handle` names it among the others and opens nothing.
    """

    user: str | None
    provider: str
    name: str
    roles: tuple[str, ...]
    terms: tuple[str, ...]
    viewers: tuple[str, ...]
    created: int
    seen: int
    ends: int
    handle: str


_SESSION_COLUMNS = tuple(field.name for field in fields(SessionRow))
_SESSION = 'SELECT "{}" FROM sessions WHERE digest = ?'.format('", "'.join(_SESSION_COLUMNS))
_TOKEN = f"SELECT {', '.join(field.name for field in fields(TokenRow))} FROM tokens WHERE digest = ?"


class SessionStore:
    """Keeps sessions and tokens. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._swept: int | None = None  # when this process last took ended sessions away, in seconds since 1970
        self._unswept = 0  # sessions put since then

    def get(self, digest: str, *, newest: bool = True) -> SessionRow | None:
        """Return the session as kept, ended or not, or None; over PostgreSQL two seconds old unless the `newest`."""
        rows = self._state.database.rows(_SESSION, (digest,), kept=not newest)
        return _session(rows[0]) if rows else None

    def put(
        self,
        session: SessionRow,
        *,
        idle: int,
        replaces: str | None = None,
        move_tokens: bool = False,
        credential: str = "",
        begun: int | None = None,
    ) -> bool:
        """Keep a new session, and drop the one it replaces with its tokens, or take these over (TH-15).

        Returns False, and keeps nothing, if the session to replace was ended meanwhile, or if the account or code that
        it is opened with does not have this `credential` any more (TH-36), or if its provider has ended what it is
        opened with since the sign-in was `begun` (TH-50). Once a minute, and with every thousandth session, those that
        ended long ago go with the same write; above MOST_SESSIONS the longest unused go, so that each process exceeds
        that by a thousand at most (TH-37). `idle` is the idle limit in seconds.
        """
        sweeps = self._is_sweep_due(session.seen)
        values = asdict(session) | {key: list(getattr(session, key)) for key in ("roles", "terms", "origins")}
        with self._state.database.write() as connection:
            if replaces is not None and not _is_live(connection, replaces):
                return False
            if credential and not _has_credential(connection, session, credential):
                return False
            if begun is not None and was_ended(
                connection, session.provider, user=session.user, sid=session.sid, since=begun
            ):
                return False
            connection.execute(insert(sessions), values | _roles_now(connection, session))
            if replaces is not None:
                if move_tokens:
                    moved = update(tokens).where(tokens.c.session == replaces).values(session=session.digest)
                    connection.execute(moved)
                connection.execute(delete(sessions).where(sessions.c.digest == replaces))
            if sweeps:
                _sweep_sessions(connection, session.seen, idle)
        if replaces is not None:
            self._state.ended += 1
        self._unswept += 1
        if sweeps:
            self._swept, self._unswept = session.seen, 0
        return True

    def _is_sweep_due(self, now: int) -> bool:
        """Return whether the next session is to take ended ones away: to look for them takes longer than to write it.

        A clock that was set back makes it due too (TH-100).
        """
        recent = self._swept is not None and 0 <= now - self._swept < _SWEEP_EVERY_SECONDS
        return not recent or self._unswept >= _SWEEP_EVERY_SESSIONS - 1

    def touch(self, digest: str, now: int) -> None:
        """Note that a session was used; raises StoreUnavailable at once if another process writes just now."""
        database = self._state.database
        with database.write(waits=False, forgets=False) as connection:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen=now))
        database.forget_one(_SESSION, (digest,))

    def mark_ended(self, digest: str) -> None:
        """Mark a session as ended for good, and drop its tokens; raises as `touch` does."""
        with self._state.database.write(waits=False) as connection:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(over=True))
            connection.execute(delete(tokens).where(tokens.c.session == digest))
        self._state.ended += 1

    def add_origin(self, digest: str, origin: str) -> None:
        """Add a viewer's origin to a session (TH-02); the newest twenty are kept."""
        with self._state.database.write() as connection:
            row = connection.execute(select(sessions.c.origins).where(sessions.c.digest == digest)).first()
            if row is not None and origin not in row.origins:
                origins = [*row.origins, origin][-20:]
                connection.execute(update(sessions).where(sessions.c.digest == digest).values(origins=origins))

    def remove(self, digest: str) -> None:
        """Remove a session and all its tokens (TH-28, TH-34)."""
        with self._state.database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest))
        self._state.ended += 1

    def put_token(self, token: TokenRow, now: int) -> bool:
        """Keep a token, at most twenty a session (TH-37); returns False if the session is gone meanwhile."""
        with self._state.database.write() as connection:
            if not _is_live(connection, token.session):
                return False
            connection.execute(delete(tokens).where(tokens.c.ends <= now))
            connection.execute(insert(tokens), asdict(token))
            newest = (
                select(tokens.c.digest)
                .where(tokens.c.session == token.session)
                .order_by((tokens.c.digest == token.digest).desc(), tokens.c.ends.desc())
                .limit(MOST_TOKENS_PER_SESSION)
            )
            connection.execute(delete(tokens).where(tokens.c.session == token.session, tokens.c.digest.not_in(newest)))
        return True

    def token(self, digest: str, *, newest: bool = True) -> TokenRow | None:
        """Return a token as kept, or None; over PostgreSQL two seconds old unless the `newest`."""
        rows = self._state.database.rows(_TOKEN, (digest,), kept=not newest)
        return TokenRow(*rows[0]) if rows else None

    # What operators and providers do

    def open(
        self,
        now: int,
        idle: int,
        *,
        user: str | None = None,
        provider: str | None = None,
        start: int = 0,
        most: int | None = None,
    ) -> list[OpenSession]:
        """Return the sessions that are live at `now` under an idle limit, of one user or provider if given.

        They come oldest first; `start` of them are passed over, and no more than `most` returned.
        """
        query = (
            select(sessions)
            .where(*_live(now, idle), *_those(user, provider))
            .order_by(sessions.c.created, sessions.c.user.nulls_last(), sessions.c.digest)
            .offset(start)
            .limit(most)
        )
        with self._state.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            OpenSession(
                user=row["user"],
                provider=row["provider"],
                name=row["name"],
                roles=tuple(row["roles"]),
                terms=tuple(row["terms"]),
                viewers=tuple(row["origins"]),
                created=row["created"],
                seen=row["seen"],
                ends=row["ends"],
                handle=handle_of(row["digest"]),
            )
            for row in rows
        ]

    def count_open(self, now: int, idle: int, *, user: str | None = None) -> int:
        """Return how many sessions `open` finds."""
        query = select(func.count()).select_from(sessions).where(*_live(now, idle), *_those(user, None))
        with self._state.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def end_one(self, handle: str) -> OpenSession | None:
        """Remove the session of a handle with its tokens; returns what it was, None if there is none."""
        with self._state.database.write() as connection:
            for row in connection.execute(select(sessions.c.digest, sessions.c.user, sessions.c.provider)):
                if compare_digest(handle_of(row.digest), handle):
                    connection.execute(delete(sessions).where(sessions.c.digest == row.digest))
                    break
            else:
                return None
        self._state.ended += 1
        return OpenSession(row.user, row.provider, "", (), (), (), 0, 0, 0, handle)

    def end(self, *, user: str | None = None, provider: str | None = None) -> int:
        """Remove sessions with their tokens, all of them if neither is given; returns how many there were."""
        with self._state.database.write() as connection:
            ended = connection.execute(delete(sessions).where(*_those(user, provider))).rowcount
        self._state.ended += 1
        return ended

    def end_by_provider(self, provider: str, *, jti: str, ends: int, now: int, user: str, sid: str) -> int | None:
        """Return how many sessions have ended by a provider's word, None if it was said before (TH-50).

        Those of `sid` end (and of `user`, if both are named), else all of `user`. `jti` is a digest, remembered
        until `ends`; both happen together or not at all.
        """
        theirs = [sessions.c.provider == provider]
        if user:
            theirs.append(sessions.c.user == user)
        if sid:
            theirs.append(sessions.c.sid == sid)
        if len(theirs) == 1:
            raise ValueError("a user or a session has to be named")
        with self._state.database.write() as connection:
            connection.execute(delete(seen_logout_tokens).where(seen_logout_tokens.c.ends <= now))
            new = insert_into(connection, seen_logout_tokens).values(digest=jti, ends=ends)
            if not connection.execute(new.on_conflict_do_nothing()).rowcount:
                return None
            note_farewell(connection, provider, user=user, sid=sid, now=now)
            ended = connection.execute(delete(sessions).where(*theirs)).rowcount
        self._state.ended += 1
        return ended


def handle_of(digest: str) -> str:
    """Return what an operator's page calls a session: of it nobody gets back to the digest that the store knows."""
    return sha256(f"handle {digest}".encode()).hexdigest()[:32]


def _is_live(connection: Connection, digest: str) -> bool:
    query = select(sessions.c.digest).where(sessions.c.digest == digest, sessions.c.over.is_(False))
    return connection.execute(query).first() is not None


def _has_credential(connection: Connection, session: SessionRow, credential: str) -> bool:
    """Return whether a session's account has this password hash, or its code this digest, in this transaction."""
    account = (users.c.name == session.user, users.c.password_hash == credential)
    code = (codes.c.label == session.user, codes.c.digest == credential)
    table, fits = {LOCAL: (users, account), CODES: (codes, code)}[session.provider]
    return connection.execute(select(table).where(*fits)).first() is not None


def _roles_now(connection: Connection, session: SessionRow) -> dict[str, Any]:
    """Return the roles of a local account as they are in this transaction: they may have changed meanwhile (TH-36)."""
    if session.user is None or session.provider != LOCAL:
        return {}
    row = connection.execute(select(users.c.roles).where(users.c.name == session.user)).first()
    return {} if row is None else {"roles": row.roles}


def _sweep_sessions(connection: Connection, now: int, idle: int) -> None:
    old = now - _KEPT_AFTER_END
    ended = select(sessions.c.digest).where(or_(sessions.c.ends <= old, sessions.c.seen <= old - idle))
    connection.execute(delete(sessions).where(sessions.c.digest.in_(ended.limit(_MOST_SWEPT))))
    surplus = connection.execute(select(func.count()).select_from(sessions)).scalar_one() - MOST_SESSIONS
    if surplus > 0:
        oldest = select(sessions.c.digest).order_by(sessions.c.user.is_not(None), sessions.c.seen).limit(surplus)
        connection.execute(delete(sessions).where(sessions.c.digest.in_(oldest)))


def _live(now: int, idle: int) -> tuple[ColumnElement[bool], ...]:
    return sessions.c.over.is_(False), sessions.c.ends > now, sessions.c.seen > now - idle


def _those(user: str | None, provider: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if user is not None:
        found.append(sessions.c.user == user)
    if provider is not None:
        # Nobody in particular signed in nowhere, whatever the column's default says.
        found += [sessions.c.provider == provider, sessions.c.user.is_not(None)]
    return found


def _session(row: Sequence[Any]) -> SessionRow:
    """Return a session as SQLite keeps it: this is asked before every tile."""
    digest, user, roles, terms, origins, created, seen, ends, over, *identity = row
    lists = _texts(roles), _texts(terms), _texts(origins)
    return SessionRow(digest, user, *lists, created, seen, ends, bool(over), *identity)


@lru_cache(maxsize=4096)
def _texts(stored: str) -> tuple[str, ...]:
    """Return a list of texts that is stored as JSON: many sessions have the same."""
    return tuple(orjson.loads(stored))
