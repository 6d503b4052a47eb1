"""The state: users, failed attempts and what was spent of budgets, shared by all worker processes.

Sessions, codes, acceptances, sign-ins under way and access steps have stores of their own over `State.database`.

Times are whole seconds since 1970 UTC and come from the caller's clock. Secrets come in as SHA-256 only
(TH-30): a copy of this file opens nothing. Every write is short; nothing is hashed inside one.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, RowMapping, case, delete, func, insert, or_, select, update

from lectern.clock import APART
from lectern.database import Database
from lectern.home import Home
from lectern.names import LOCAL
from lectern.state_tables import SCHEMA, acceptances, failures, sessions, spendings, tables, users

MOST_FAILURES = 100_000
MOST_SPENDINGS = 500_000


@dataclass(frozen=True, slots=True)
class UserRow:
    """A local account. `password_hash` is an argon2 string."""

    name: str
    password_hash: str
    roles: tuple[str, ...] = ()
    created: int = 0


class State:
    """Reads and writes the state. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, home: Home) -> None:
        self._file_name = None if home.server else str(home.state_file)
        self._store = Database(home.server or home.state_file, SCHEMA, private=True)
        self._file: tuple[int, int] | None = None
        self._reopening = threading.Lock()
        self.ended = 0  # grows with every end of sessions, or change of them, that this process wrote

    @property
    def database(self) -> Database:
        """Return the store, opened anew when the file under it was replaced or deleted (TH-97)."""
        if self._file_name is None:
            return self._store
        if self._file is None or self._identity() != self._file:
            with self._reopening:
                if self._file is not None and self._identity() != self._file:
                    self._store.close()
                _ = self._store.engine
                self._file = self._identity()
        return self._store

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._file_name or "")  # noqa: PTH116 - on the path of every tile; pathlib's costs twice as much
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def close(self) -> None:
        """Close the store's connections."""
        self._store.close()

    def check(self) -> None:
        """Return if the store can be read, or could within the last two seconds; raises StoreUnavailable (TH-97)."""
        self.database.rows("SELECT count(*) FROM (SELECT digest FROM sessions LIMIT 1) AS one", kept=True)

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

    # Failed attempts

    def begin_attempt(self, limits: Mapping[str, int], now: int, window: int) -> tuple[int, list[int]]:
        """Return (0, ids) with the attempt counted against every subject, or (seconds to wait, []) (TH-16).

        It is counted before it is tried, so that attempts in parallel cannot pass the limit together; a refused
        attempt is not counted, so that nobody can lock an account for longer than the window.
        """
        with self.database.write() as connection:
            unlikely = or_(failures.c.at <= now - window, failures.c.at > now + APART)
            connection.execute(delete(failures).where(unlikely))
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

        Counted and compared in one write, so workers in parallel cannot pass the limit together. What was spent
        on other days goes with the first of a day; above MOST_SPENDINGS the oldest go. Where the clocks of machines
        differ, the day of the first one counts: what it had spent is not forgotten when one asks that is a little late.
        """
        mine, today = spendings.c.subject == subject, spendings.c.day.in_((day, day + 1))
        spent = case((today, spendings.c.spent + 1), else_=1)
        more = update(spendings).where(mine, or_(~today, spendings.c.spent < most))
        with self.database.write() as connection:
            if not connection.execute(more.values(spent=spent, day=case((today, spendings.c.day), else_=day))).rowcount:
                if connection.execute(select(spendings.c.id).where(mine)).first():
                    return False
                connection.execute(insert(spendings), {"subject": subject, "day": day, "spent": 1})
            connection.execute(delete(spendings).where(~today))
            newest = connection.execute(select(func.max(spendings.c.id))).scalar() or 0
            connection.execute(delete(spendings).where(spendings.c.id <= newest - MOST_SPENDINGS))
        return True

    def counts(self) -> dict[str, int]:
        """Return the number of rows of every table: what tests of growth look at (TH-37)."""
        with self.database.read() as connection:
            return {
                t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
                for t in tables.sorted_tables
            }


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


def _user(row: RowMapping) -> UserRow:
    return UserRow(**{**row, "roles": tuple(row["roles"])})
