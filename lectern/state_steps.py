"""Access steps that wait for their token, in the state: the newest of each subject (TH-22)."""

from sqlalchemy import delete, func, or_, select

from lectern.clock import APART
from lectern.database import insert_into
from lectern.state import State
from lectern.state_tables import steps

MOST_KEPT = 100_000  # the oldest go
MOST_OF_A_NETWORK = 500
NETWORK_LETTERS = 16  # with which the subjects of one network begin


class StepStore:
    """Keeps when a step was finished, in seconds since 1970 UTC. Raises StoreUnavailable when the store is down."""

    def __init__(self, state: State) -> None:
        self._state = state

    def begin(self, subject: str, now: int, window: int) -> None:
        """Keep that a subject has finished a step now; what is older than `window` seconds goes, or yet to come.

        Of one network so many stay that nobody pushes out those of others (TH-37).
        """
        with self._state.database.write() as connection:
            connection.execute(delete(steps).where(or_(steps.c.at <= now - window, steps.c.at > now + APART)))
            row = insert_into(connection, steps).values(subject=subject, at=now)
            connection.execute(row.on_conflict_do_update(index_elements=["subject"], set_={"at": now}))
            network = subject[:NETWORK_LETTERS]
            mine = (steps.c.subject >= network, steps.c.subject < network + "~")
            newest = (steps.c.subject == subject).desc(), steps.c.at.desc()
            older = select(steps.c.subject).where(*mine).order_by(*newest).offset(MOST_OF_A_NETWORK)
            connection.execute(delete(steps).where(steps.c.subject.in_(older)))
            surplus = connection.execute(select(func.count()).select_from(steps)).scalar_one() - MOST_KEPT
            if surplus > 0:
                oldest = select(steps.c.subject).order_by(steps.c.at).limit(surplus)
                connection.execute(delete(steps).where(steps.c.subject.in_(oldest)))

    def waits(self, subject: str, after: int, until: int) -> bool:
        """Return whether a subject's step is kept that was finished after one time, and not after another."""
        query = select(steps.c.at).where(steps.c.subject == subject, steps.c.at > after, steps.c.at <= until)
        with self._state.database.read() as connection:
            return connection.execute(query).first() is not None

    def end(self, subject: str) -> None:
        """Forget a subject's step."""
        with self._state.database.write() as connection:
            connection.execute(delete(steps).where(steps.c.subject == subject))
