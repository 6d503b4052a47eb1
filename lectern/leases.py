"""Leases: which process, on which machine, is writing an object just now; told in the catalogue (DESIGN section 7).

A lease ends when its holder says so, or some time after the holder was last heard of. Whoever held an object and was
taken for dead can publish no more: that is asked in the transaction of the publishing itself. All times are seconds of
the store's own clock, so clocks of machines that differ do no harm.
"""

import os
import platform
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, select, update

from lectern.catalogue_tables import leases
from lectern.clock import Clock
from lectern.database import Database
from lectern.errors import BeingWritten, StoreUnavailable

LIFE_SECONDS = 60.0
_RENEWED = 4  # times in a life: three may fail


@dataclass(slots=True)
class Lease:
    """An object that is held. `lost` tells that another has it by now: what is still done for it is in vain."""

    object: str
    holder: str
    lost: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def require(self) -> None:
        """Return while the object is held; raises BeingWritten when another has taken it over."""
        if self.lost:
            raise _taken_over(self.object)


class Leases:
    """The leases of a catalogue. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database, clock: Clock, life: float = LIFE_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._held: dict[str, Lease] = {}
        self.life = life

    @contextmanager
    def hold(self, object_id: str, place: str) -> Iterator[Lease]:
        """Hold an object until the block ends; raises BeingWritten when another holds it, or has taken it over.

        `place` names where a lock of the file system keeps others out, which the caller has: what is held there is
        left by a dead process, and is taken over at once.
        """
        lease = Lease(object_id, f"{platform.node()}:{os.getpid()}:{secrets.token_hex(8)}")
        self._take(lease, place)
        self._held[object_id] = lease
        renewal = threading.Thread(target=self._renew, args=(lease,), daemon=True)
        renewal.start()
        try:
            yield lease
        except Exception as error:  # files that another has swept away, for one
            if self._is_lost(lease):
                raise _taken_over(object_id) from error
            raise
        finally:
            lease.ended.set()
            renewal.join()
            del self._held[object_id]
            with suppress(StoreUnavailable):  # then it ends by itself
                self._release(lease)

    def require(self, connection: Connection, object_id: str) -> None:
        """Return if an object that this process holds is its own still, in a transaction that is to change it.

        Raises BeingWritten when another has taken it over. What this process does not hold, it may change.
        """
        lease = self._held.get(object_id)
        if lease is None:
            return
        if connection.execute(select(leases.c.holder).where(leases.c.object == object_id)).scalar() != lease.holder:
            lease.lost = True
            raise _taken_over(object_id)

    def now(self) -> float:
        """Return the time of the store's clock."""
        with self._database.read() as connection:
            return self._now(connection)

    def note_done(self, object_id: str, mark: str) -> None:
        """Keep what an object was made from, for others that are about to make it from the same."""
        with self._database.write() as connection:
            changed = {"done": mark, "at": self._now(connection)}
            connection.execute(update(leases).where(leases.c.object == object_id).values(changed))

    def done_since(self, object_id: str, mark: str, since: float) -> bool:
        """Return whether an object was made from the same at or after a time of the store's clock."""
        wanted = (leases.c.object == object_id, leases.c.done == mark, leases.c.at >= since)
        with self._database.read() as connection:
            return connection.execute(select(leases.c.object).where(*wanted)).first() is not None

    def forget(self, connection: Connection, object_id: str) -> None:
        """Forget what an object was made from, in the transaction that removes it."""
        connection.execute(update(leases).where(leases.c.object == object_id).values(done=""))

    def _take(self, lease: Lease, place: str) -> None:
        with self._database.write() as connection:
            now = self._now(connection)
            found = connection.execute(select(leases).where(leases.c.object == lease.object)).mappings().first()
            if found is not None and found["until"] > now and found["place"] != place:
                raise _held_by(lease.object, found["holder"], found["until"] - now)
            columns = {"holder": lease.holder, "place": place, "until": now + self.life, "done": "", "at": now}
            connection.execute(delete(leases).where(leases.c.object == lease.object))
            connection.execute(insert(leases), {"object": lease.object, **columns})

    def _renew(self, lease: Lease) -> None:
        """Say again and again that the holder lives, until the lease has ended or another has it."""
        mine = (leases.c.object == lease.object, leases.c.holder == lease.holder)
        while not lease.ended.wait(self.life / _RENEWED):
            with suppress(StoreUnavailable), self._database.write() as connection:  # the next time may succeed
                until = self._now(connection) + self.life
                if not connection.execute(update(leases).where(*mine).values(until=until)).rowcount:
                    lease.lost = True
                    return

    def _is_lost(self, lease: Lease) -> bool:
        with suppress(StoreUnavailable), self._database.read() as connection:
            holder = connection.execute(select(leases.c.holder).where(leases.c.object == lease.object)).scalar()
            lease.lost |= holder != lease.holder
        return lease.lost

    def _release(self, lease: Lease) -> None:
        mine = (leases.c.object == lease.object, leases.c.holder == lease.holder)
        with self._database.write() as connection:
            connection.execute(update(leases).where(*mine).values(until=0.0))

    def _now(self, connection: Connection) -> float:
        if connection.dialect.name == "postgresql":
            return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
        return self._clock().timestamp()


def _held_by(object_id: str, holder: str, left: float) -> BeingWritten:
    machine, _, rest = holder.rpartition(":")[0].rpartition(":")
    return BeingWritten(
        f"Another machine ({machine}, process {rest}) is writing the object {object_id}.",
        f"Wait until it is done; if it is dead, the object is free {max(1, round(left))} s after it was last heard of.",
    )


def _taken_over(object_id: str) -> BeingWritten:
    return BeingWritten(
        f"Another machine has taken over the object {object_id}: this one was not heard of for too long.",
        "Nothing was published here. Wait until the other is done.",
    )
