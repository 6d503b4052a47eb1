"""What an operator sees of the sessions and does to them; no digest leaves here (TH-102)."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select

from lectern.state import State
from lectern.state_tables import sessions


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A live session without its secrets. Times are seconds since 1970 UTC; `ends` is the latest it can last."""

    user: str | None
    provider: str
    name: str
    roles: tuple[str, ...]
    terms: tuple[str, ...]
    viewers: tuple[str, ...]
    created: int
    seen: int
    ends: int


class SessionStore:
    """Lists and ends sessions. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, state: State) -> None:
        self._state = state

    def open(self, now: int, idle: int, user: str | None = None, provider: str | None = None) -> list[OpenSession]:
        """Return the sessions that are live at `now` under an idle limit, of one user or provider if given."""
        live = (sessions.c.over.is_(False), sessions.c.ends > now, sessions.c.seen > now - idle)
        query = (
            select(sessions)
            .where(*live, *_those(user, provider))
            .order_by(sessions.c.created, sessions.c.user.nulls_last())
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
            )
            for row in rows
        ]

    def end(self, user: str | None = None, provider: str | None = None) -> int:
        """Remove sessions with their tokens, all of them if neither is given; returns how many there were."""
        with self._state.database.write() as connection:
            ended = connection.execute(delete(sessions).where(*_those(user, provider))).rowcount
        self._state.ended += 1
        return ended


def _those(user: str | None, provider: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if user is not None:
        found.append(sessions.c.user == user)
    if provider is not None:
        # Nobody in particular signed in nowhere, whatever the column's default says.
        found += [sessions.c.provider == provider, sessions.c.user.is_not(None)]
    return found
