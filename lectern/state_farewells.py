"""What providers said lately of sessions that are over: a sign-in that was under way then opens nothing (TH-50).

Kept among the logout tokens that were seen, by digests; times are whole seconds since 1970 UTC.
"""

from sqlalchemy import Connection, select

from lectern.database import insert_into
from lectern.digests import digest
from lectern.state_tables import seen_logout_tokens

KEPT = 900  # seconds; a reader has less to come back from a provider


def note_farewell(connection: Connection, provider: str, *, user: str, sid: str, now: int) -> None:
    """Keep that the sessions of `sid` (and of `user`, if both are named), or else all of `user`, are over."""
    row = insert_into(connection, seen_logout_tokens).values(digest=_subject(provider, user, sid), ends=now + KEPT)
    connection.execute(row.on_conflict_do_update(index_elements=["digest"], set_={"ends": now + KEPT}))


def was_ended(connection: Connection, provider: str, *, user: str | None, sid: str, since: int) -> bool:
    """Return whether a provider has said, `since` then, that what a session would be opened with is over."""
    subjects = [_subject(provider, user or "", "")]
    if sid:
        subjects += [_subject(provider, "", sid), _subject(provider, user or "", sid)]
    query = select(seen_logout_tokens.c.digest).where(
        seen_logout_tokens.c.digest.in_(subjects), seen_logout_tokens.c.ends >= since + KEPT
    )
    return connection.execute(query).first() is not None


def _subject(provider: str, user: str, sid: str) -> str:
    return digest(f"over\n{provider}\n{len(user)}\n{user}\n{sid}")
