"""The state: users, sessions, tokens, failed attempts and what was spent of budgets, shared by all worker processes.

Times are whole seconds since 1970 UTC and come from the caller's clock. Secrets come in as SHA-256 only
(TH-30): a copy of this file opens nothing. Every write is short; nothing is hashed inside one.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from lectern.database import Database
from lectern.home import Home
from lectern.names import CODES, LOCAL
from lectern.state_farewells import was_ended
from lectern.state_tables import (
    SCHEMA_VERSION,
    acceptances,
    codes,
    failures,
    sessions,
    spendings,
    tables,
    tokens,
    users,
)

MOST_SESSIONS = 200_000
MOST_TOKENS_PER_SESSION = 20
MOST_FAILURES = 100_000
MOST_SPENDINGS = 500_000
_SWEEP_EVERY_SECONDS = 60
_SWEEP_EVERY_SESSIONS = 1000
_MOST_SWEPT = 5000  # ended sessions that one write takes away: more than come in until the next that does
_KEPT_AFTER_END = 3600  # an ended session is told from an unknown one for this long ("expired" helps readers)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A local account. `password_hash` is an argon2 string."""

    name: str
    password_hash: str
    roles: tuple[str, ...] = ()
    created: int = 0


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


_SESSION_COLUMNS = tuple(field.name for field in fields(SessionRow))
_SESSION = 'SELECT "{}" FROM sessions WHERE digest = ?'.format('", "'.join(_SESSION_COLUMNS))
_TOKEN = f"SELECT {', '.join(field.name for field in fields(TokenRow))} FROM tokens WHERE digest = ?"


class State:
    """Reads and writes state.db. Every method raises StoreUnavailable when the file cannot be used."""

    def __init__(self, home: Home) -> None:
        self._path = home.state_file
        self._file_name = str(self._path)
        self._store = Database(self._path, tables, SCHEMA_VERSION, private=True)
        self._file: tuple[int, int] | None = None
        self._reopening = threading.Lock()
        self._swept: int | None = None  # when this process last took ended sessions away, in seconds since 1970
        self._unswept = 0  # sessions put since then
        self.ended = 0  # grows with every end of sessions, or change of them, that this process wrote

    @property
    def database(self) -> Database:
        """Return the store, opened anew when the file under it was replaced or deleted (TH-97)."""
        if self._file is None or self._identity() != self._file:
            with self._reopening:
                if self._file is not None and self._identity() != self._file:
                    self._store.close()
                _ = self._store.engine
                self._file = self._identity()
        return self._store

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._file_name)  # noqa: PTH116 - on the path of every tile; pathlib's costs twice as much
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def close(self) -> None:
        """Close the store's connections."""
        self._store.close()

    def check(self) -> None:
        """Return if the store can be read; raises StoreUnavailable (TH-97)."""
        self.database.rows("SELECT digest FROM sessions LIMIT 1")

    # Users

    def user(self, name: str) -> UserRow | None:
        """Return a local account, or None."""
        with self.database.read() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
        return None if row is None else _user(row)

    def users(self) -> list[UserRow]:
        """Return all local accounts by name."""
        with self.database.read() as connection:
            rows = connection.execute(select(users).order_by(users.c.name)).mappings().all()
        return [_user(row) for row in rows]

    def add_user(self, user: UserRow) -> bool:
        """Add an account; returns False, and changes nothing, if the name is taken."""
        with self.database.write() as connection:
            if connection.execute(select(users.c.name).where(users.c.name == user.name)).first():
                return False
            connection.execute(insert(users), {**asdict(user), "roles": list(user.roles)})
        return True

    def set_password(self, name: str, password_hash: str) -> bool:
        """Give an account another password and end its sessions; returns False if there is no such account."""
        with self.database.write() as connection:
            query = update(users).where(users.c.name == name).values(password_hash=password_hash)
            found = connection.execute(query).rowcount > 0
            connection.execute(delete(sessions).where(sessions.c.user == name, sessions.c.provider == LOCAL))
        self.ended += 1
        return found

    def remove_user(self, name: str) -> bool:
        """Remove an account with its sessions, tokens and accepted terms; returns False if there is none."""
        with self.database.write() as connection:
            found = connection.execute(delete(users).where(users.c.name == name)).rowcount > 0
            for table in (sessions, acceptances):
                connection.execute(delete(table).where(table.c.user == name, table.c.provider == LOCAL))
        self.ended += 1
        return found

    def set_roles(self, name: str, roles: tuple[str, ...]) -> bool:
        """Give an account other roles, in its live sessions too (TH-36); returns False if there is no such account."""
        with self.database.write() as connection:
            found = connection.execute(update(users).where(users.c.name == name).values(roles=list(roles))).rowcount > 0
            mine = (sessions.c.user == name, sessions.c.provider == LOCAL)
            connection.execute(update(sessions).where(*mine).values(roles=list(roles)))
        self.ended += 1
        return found

    # Sessions

    def session(self, digest: str) -> SessionRow | None:
        """Return the session as kept, ended or not, or None."""
        rows = self.database.rows(_SESSION, (digest,))
        return _session(rows[0]) if rows else None

    def put_session(
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
        opened with since the sign-in was `begun` (TH-50). Once a minute, and with every thousandth
        session, those that ended long ago go with the same write; above MOST_SESSIONS the longest unused go, so that
        each process exceeds that by a thousand at most (TH-37). `idle` is the idle limit in seconds.
        """
        sweeps = self._is_sweep_due(session.seen)
        values = asdict(session) | {key: list(getattr(session, key)) for key in ("roles", "terms", "origins")}
        with self.database.write() as connection:
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
            self.ended += 1
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

    def touch_session(self, digest: str, now: int) -> None:
        """Note that a session was used; raises StoreUnavailable at once if another process writes just now."""
        with self.database.write(waits=False) as connection:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(seen=now))

    def end_session(self, digest: str) -> None:
        """Mark a session as ended for good, and drop its tokens; raises as `touch_session` does."""
        with self.database.write(waits=False) as connection:
            connection.execute(update(sessions).where(sessions.c.digest == digest).values(over=True))
            connection.execute(delete(tokens).where(tokens.c.session == digest))
        self.ended += 1

    def add_origin(self, digest: str, origin: str) -> None:
        """Add a viewer's origin to a session (TH-02); the newest twenty are kept."""
        with self.database.write() as connection:
            row = connection.execute(select(sessions.c.origins).where(sessions.c.digest == digest)).first()
            if row is not None and origin not in row.origins:
                origins = [*row.origins, origin][-20:]
                connection.execute(update(sessions).where(sessions.c.digest == digest).values(origins=origins))

    def remove_session(self, digest: str) -> None:
        """Remove a session and all its tokens (TH-28, TH-34)."""
        with self.database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest))
        self.ended += 1

    # Tokens

    def put_token(self, token: TokenRow, now: int) -> bool:
        """Keep a token, at most twenty a session (TH-37); returns False if the session is gone meanwhile."""
        with self.database.write() as connection:
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

    def token(self, digest: str) -> TokenRow | None:
        """Return a token as kept, or None."""
        rows = self.database.rows(_TOKEN, (digest,))
        return TokenRow(*rows[0]) if rows else None

    # Failed attempts

    def begin_attempt(self, limits: Mapping[str, int], now: int, window: int) -> tuple[int, list[int]]:
        """Return (0, ids) with the attempt counted against every subject, or (seconds to wait, []) (TH-16).

        It is counted before it is tried, so that attempts in parallel cannot pass the limit together; a refused
        attempt is not counted, so that nobody can lock an account for longer than the window.
        """
        with self.database.write() as connection:
            connection.execute(delete(failures).where(or_(failures.c.at <= now - window, failures.c.at > now)))
            for subject, limit in limits.items():
                query = select(func.count(), func.min(failures.c.at)).where(failures.c.subject == subject)
                count, oldest = connection.execute(query).one()
                if count >= limit:
                    return max(1, oldest + window - now), []
            ids = []
            for subject in limits:
                result = connection.execute(insert(failures), {"subject": subject, "at": now})
                ids.append(int(result.inserted_primary_key[0]))  # type: ignore[index]
            _drop_cheapest(connection)
        return 0, ids

    def forgive(self, ids: list[int], subject: str | None) -> None:
        """Take back attempts that succeeded, and all of `subject`'s."""
        with self.database.write() as connection:
            connection.execute(delete(failures).where(or_(failures.c.id.in_(ids), failures.c.subject == subject)))

    # Budgets

    def spend(self, subject: str, day: int, most: int) -> bool:
        """Return whether a subject has spent less than `most` on a day (a number), and if so count one more.

        Counted and compared in one statement, so workers in parallel cannot pass the limit together. What was spent
        on other days goes with the first of a day; above MOST_SPENDINGS the oldest go.
        """
        row = insert_or_update(spendings).values(subject=subject, day=day, spent=1)
        more = row.on_conflict_do_update(
            index_elements=["subject"],
            set_={"spent": case((spendings.c.day == day, spendings.c.spent + 1), else_=1), "day": day},
            where=or_(spendings.c.day != day, spendings.c.spent < most),
        )
        with self.database.write() as connection:
            if not connection.execute(more).rowcount:
                return False
            connection.execute(delete(spendings).where(spendings.c.day != day))
            newest = connection.execute(select(func.max(spendings.c.id))).scalar() or 0
            connection.execute(delete(spendings).where(spendings.c.id <= newest - MOST_SPENDINGS))
        return True

    def counts(self) -> dict[str, int]:
        """Return the number of rows of every table: what `/metrics` and tests of growth look at."""
        with self.database.read() as connection:
            return {
                t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
                for t in tables.sorted_tables
            }


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


def _drop_cheapest(connection: Connection) -> None:
    """Keep the table of failures below MOST_FAILURES: what goes first cost least to be counted (TH-16, TH-37).

    Guesses at accounts stay longest, then what counts for networks and sites; of each, what has been counted most. So
    nobody pushes out what stands against him, or against an account, by counting a lot of other things once. A
    hundredth goes at a time, so that it is not looked for each time.
    """
    oldest, newest = connection.execute(select(func.min(failures.c.id), func.max(failures.c.id))).one()
    if oldest is None or newest - oldest < MOST_FAILURES:  # cheaper than a count
        return
    surplus = connection.execute(select(func.count()).select_from(failures)).scalar_one() - MOST_FAILURES
    if surplus <= 0:
        return
    counted = select(failures.c.subject, func.count().label("n")).group_by(failures.c.subject).subquery()
    is_account = failures.c.subject.startswith("account:")
    is_guess = or_(failures.c.subject.startswith("network:"), failures.c.subject.startswith("site:"))
    cheapest = (
        select(failures.c.id)
        .join(counted, counted.c.subject == failures.c.subject)
        .order_by(case((is_account, 2), (is_guess, 1), else_=0), counted.c.n, failures.c.id)
        .limit(surplus + MOST_FAILURES // 100)
    )
    connection.execute(delete(failures).where(failures.c.id.in_(cheapest)))


def _sweep_sessions(connection: Connection, now: int, idle: int) -> None:
    old = now - _KEPT_AFTER_END
    ended = select(sessions.c.digest).where(or_(sessions.c.ends <= old, sessions.c.seen <= old - idle))
    connection.execute(delete(sessions).where(sessions.c.digest.in_(ended.limit(_MOST_SWEPT))))
    surplus = connection.execute(select(func.count()).select_from(sessions)).scalar_one() - MOST_SESSIONS
    if surplus > 0:
        oldest = select(sessions.c.digest).order_by(sessions.c.user.is_not(None), sessions.c.seen).limit(surplus)
        connection.execute(delete(sessions).where(sessions.c.digest.in_(oldest)))


def _user(row: RowMapping) -> UserRow:
    return UserRow(**{**row, "roles": tuple(row["roles"])})


def _session(row: Sequence[Any]) -> SessionRow:
    """Return a session as SQLite keeps it: this is asked before every tile."""
    digest, user, roles, terms, origins, created, seen, ends, over, *identity = row
    lists = _texts(roles), _texts(terms), _texts(origins)
    return SessionRow(digest, user, *lists, created, seen, ends, bool(over), *identity)


@lru_cache(maxsize=4096)
def _texts(stored: str) -> tuple[str, ...]:
    """Return a list of texts that is stored as JSON: many sessions have the same."""
    return tuple(orjson.loads(stored))
