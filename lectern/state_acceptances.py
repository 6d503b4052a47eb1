"""Terms of use that readers accepted: kept for those who signed in, tied to the words they accepted."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from lectern.database import insert_into
from lectern.state import State
from lectern.state_tables import acceptances

MOST_KEPT = 200  # of one reader; the oldest go


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a reader of a provider accepted `terms` (policy@version) at a time (seconds since 1970 UTC)."""

    provider: str
    user: str
    terms: str
    at: int

    @property
    def policy(self) -> str:
        """Return the name of the policy whose terms they are."""
        return self.terms.rpartition("@")[0]

    @property
    def version(self) -> str:
        """Return which words of them were accepted."""
        return self.terms.rpartition("@")[2]


class Acceptances:
    """Keeps and finds acceptances. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, provider: str, user: str, terms: str, now: int) -> None:
        """Keep an acceptance; one that is kept already keeps its first time."""
        mine = (acceptances.c.provider == provider, acceptances.c.user == user)
        newest = select(acceptances.c.terms).where(*mine).order_by(acceptances.c.at.desc()).limit(MOST_KEPT)
        with self._state.database.write() as connection:
            row = insert_into(connection, acceptances).values(provider=provider, user=user, terms=terms, at=now)
            connection.execute(row.on_conflict_do_nothing())
            connection.execute(delete(acceptances).where(*mine, acceptances.c.terms.not_in(newest)))

    def of(self, provider: str, user: str) -> tuple[str, ...]:
        """Return all that a reader has accepted, oldest first."""
        query = select(acceptances.c.terms).where(acceptances.c.provider == provider, acceptances.c.user == user)
        with self._state.database.read() as connection:
            return tuple(connection.execute(query.order_by(acceptances.c.at)).scalars())

    def all(self) -> list[Acceptance]:
        """Return everything that is kept, oldest first."""
        order = (acceptances.c.at, acceptances.c.provider, acceptances.c.user, acceptances.c.terms)
        with self._state.database.read() as connection:
            return [Acceptance(**row) for row in connection.execute(select(acceptances).order_by(*order)).mappings()]
