"""What subjects did within the running second on all machines together (TH-71): told by each now and then."""

from hashlib import sha256

from sqlalchemy import case, delete

from lectern.database import insert_into
from lectern.state import State
from lectern.state_tables import tallies

_KEPT_SECONDS = 60  # clocks of machines may differ by so much


class Tallies:
    """Adds up counts of machines. Raises StoreUnavailable when the store is down, or busy just now."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, subject: str, second: int, count: int) -> int:
        """Return how often a subject was counted in a second on all machines, these times included.

        The store holds a digest of the subject: no cookie can be read from it (TH-30).
        """
        key = sha256(f"tally|{subject}".encode()).hexdigest()[:32]
        with self._state.database.write(waits=False, forgets=False) as connection:
            more = case((tallies.c.second == second, tallies.c.count + count), else_=count)
            row = insert_into(connection, tallies).values(subject=key, second=second, count=count)
            row = row.on_conflict_do_update(index_elements=["subject"], set_={"second": second, "count": more})
            total: int = connection.execute(row.returning(tallies.c.count)).scalar_one()
            connection.execute(delete(tallies).where(tallies.c.second < second - _KEPT_SECONDS))
        return total
