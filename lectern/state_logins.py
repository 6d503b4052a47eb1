"""Sign-ins on their way to an OpenID provider and back.

Times are whole seconds since 1970 UTC, from the caller's clock. What opens something comes in as SHA-256 only (TH-30).
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from lectern.state import State
from lectern.state_tables import logins

LIFE = 600  # seconds a reader has at the provider (TH-39)
TOLD = 120  # seconds the page that waits can learn how it went
_WAITING = ("", "taken")  # at the provider, or back and being asked about there: nobody knows yet how it ends
MOST_PER_BROWSER = 5
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in that was begun: at which provider, for which policy and viewer, and what only the two of us know."""

    provider: str
    policy: str
    origin: str
    nonce: str
    verifier: str
    begun: int = field(default=0, compare=False)  # kept when it begins


class Logins:
    """Keeps what a callback has to fit. Raises StoreUnavailable when the store is down."""

    def __init__(self, state: State) -> None:
        self._state = state

    def begin(self, digest: str, browser: str, login: Login, now: int) -> None:
        """Keep a sign-in under the digest of its `state`, for one browser (a digest too); the newest five stay.

        What is told of earlier ones of this browser goes: a page that waits, waits for this one.
        """
        data = {name: getattr(login, name) for name in Login.__slots__}
        row = {"digest": digest, "browser": browser, "data": data | {"begun": now}, "outcome": "", "ends": now + LIFE}
        with self._state.database.write() as connection:
            told = and_(logins.c.browser == browser, logins.c.outcome != "")
            connection.execute(delete(logins).where(or_(logins.c.ends <= now, told)))
            connection.execute(insert(logins), row)
            _drop_surplus(connection, browser)

    def waits(self, digest: str, browser: str, now: int) -> bool:
        """Return whether `take` would find a sign-in; takes nothing, so that strangers cost no write (TH-16)."""
        mine = (logins.c.digest == digest, logins.c.browser == browser, logins.c.outcome == "", logins.c.ends > now)
        with self._state.database.read() as connection:
            return connection.execute(select(logins.c.digest).where(*mine)).first() is not None

    def take(self, digest: str, browser: str, now: int) -> Login | None:
        """Return the sign-in that a `state` belongs to, once, and only to the browser that began it (TH-39).

        Another browser's attempt leaves it alone. Whoever waits for the outcome finds the row a while longer.
        """
        mine = and_(logins.c.digest == digest, logins.c.browser == browser, logins.c.outcome == "")
        with self._state.database.write() as connection:
            data = connection.execute(select(logins.c.data).where(mine, logins.c.ends > now)).scalar()
            if data is None:
                return None
            kept = {"policy": data["policy"], "origin": data["origin"]}
            spent = update(logins).where(mine).values(data=kept, outcome="taken", ends=now + TOLD)
            connection.execute(spent)
        return Login(**data)

    def ended(self, digest: str, *, let_in: bool) -> None:
        """Note how a sign-in that was taken has ended."""
        outcome = "done" if let_in else "failed"
        with self._state.database.write() as connection:
            connection.execute(update(logins).where(logins.c.digest == digest).values(outcome=outcome))

    def outcome(self, browser: str, policy: str, origin: str, now: int) -> str:
        """Return how a browser's newest sign-in for a policy and viewer stands: waiting, done, failed, or none."""
        query = select(logins.c.data, logins.c.outcome).where(logins.c.browser == browser, logins.c.ends > now)
        with self._state.database.read() as connection:
            rows = connection.execute(query).all()
        found = {row.outcome for row in rows if (row.data["policy"], row.data["origin"]) == (policy, origin)}
        if "done" in found:
            return "done"
        return "waiting" if found.intersection(_WAITING) else "failed" if found else "none"


def _drop_surplus(connection: Connection, browser: str) -> None:
    """Drop a browser's oldest sign-ins above five, and the oldest of all above MOST."""
    order: list[Any] = [logins.c.ends.desc(), logins.c.digest]
    newest = select(logins.c.digest).where(logins.c.browser == browser).order_by(*order).limit(MOST_PER_BROWSER)
    connection.execute(delete(logins).where(logins.c.browser == browser, logins.c.digest.not_in(newest)))
    surplus = connection.execute(select(func.count()).select_from(logins)).scalar_one() - MOST
    if surplus > 0:
        oldest = select(logins.c.digest).order_by(logins.c.ends).limit(surplus)
        connection.execute(delete(logins).where(logins.c.digest.in_(oldest)))
