"""Access codes in the state: kept as digests, counted in the statement that uses them (TH-30)."""

from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, delete, insert, or_, select, update

from lectern.names import CODES
from lectern.state import State
from lectern.state_tables import codes, sessions


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code. `digest` is the SHA-256 of its letters; `uses_left` None is any number of uses."""

    digest: str
    label: str
    roles: tuple[str, ...]
    created: int
    ends: int
    uses_left: int | None = None


class CodeStore:
    """Reads and writes codes. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, row: CodeRow) -> bool:
        """Keep a code; returns False, and changes nothing, if its label is taken."""
        with self._state.database.write() as connection:
            if connection.execute(select(codes.c.label).where(codes.c.label == row.label)).first():
                return False
            connection.execute(insert(codes), {**asdict(row), "roles": list(row.roles)})
        return True

    def all(self) -> list[CodeRow]:
        """Return all codes by label."""
        with self._state.database.read() as connection:
            return [_code(row) for row in connection.execute(select(codes).order_by(codes.c.label)).mappings()]

    def remove(self, label: str) -> bool:
        """Remove a code with the sessions it opened; returns False if there is none."""
        with self._state.database.write() as connection:
            found = connection.execute(delete(codes).where(codes.c.label == label)).rowcount > 0
            connection.execute(delete(sessions).where(sessions.c.provider == CODES, sessions.c.user == label))
        self._state.ended += 1
        return found

    def use(self, digest: str, now: int) -> CodeRow | None:
        """Return the code of a digest with one use less, or None if there is none that can be used.

        Compared and counted in one statement, so workers in parallel cannot use it too often together.
        """
        with self._state.database.write() as connection:
            good = (
                codes.c.digest == digest,
                codes.c.ends > now,
                or_(codes.c.uses_left.is_(None), codes.c.uses_left > 0),
            )
            if not connection.execute(update(codes).where(*good).values(uses_left=codes.c.uses_left - 1)).rowcount:
                return None
            row = connection.execute(select(codes).where(codes.c.digest == digest)).mappings().one()
            return _code(row)


def _code(row: RowMapping) -> CodeRow:
    return CodeRow(**{**row, "roles": tuple(row["roles"])})
