"""Which images are made at once in one process, each only once, so that large ones never take every thread.

Serves TH-71 and TH-105. What is handed over or was kept never comes here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition

from image.cost import Cost
from lectern.errors import Overloaded

PATIENCE = 4.0  # seconds that a large image waits for its turn: some of the largest before it


class TooManyLarge(Overloaded):
    """A large image found no place, or none in time."""


@dataclass(eq=False, slots=True)
class _Ticket:
    """One request that is made, or waits: for a place, or for another that makes the very same image."""

    key: str
    payer: str
    cost: Cost
    begun: bool = False
    displaced: bool = False
    answer: bytes | None = None
    error: Exception | None = None


class Admission:
    """The places for making images in one worker process, which has so many threads and holds so many bytes for it.

    Small images (tiles, thumbnails) never wait for large ones. A quarter of the threads makes large images; more wait
    for that, but one thread in four is neither, whoever asks for what. A large one begins when its bytes fit beside
    those that are being made; one alone always does. Where all places are taken, whoever has most of them gives his
    latest to whoever has at least two less, and next is who has fewest, and had not the last turn: one client alone may
    have all, and keeps nobody out. A request for what is being made already is given the same bytes, or the same
    error, and no more.
    """

    def __init__(self, threads: int, memory: int, patience: float = PATIENCE) -> None:
        self._makers = max(1, threads // 4)
        self._places = max(1, threads - max(1, threads // 4))
        self._memory = memory
        self._patience = patience
        self._changed = Condition()
        self._tickets: list[_Ticket] = []  # in the order they came
        self._last = ""  # the payer whose large image began last

    def made(self, key: str, payer: str, cost: Cost, make: Callable[[], bytes]) -> bytes:
        """Return what `make` makes, or what it makes for another request with the same key at this moment.

        Raises TooManyLarge when there is no place, none gets free for seconds, or one is given to another payer,
        Overloaded when the same small image is being made for seconds, and whatever `make` raises.
        """
        ticket = _Ticket(key, payer, cost)
        with self._changed:
            self._enter(ticket)
            self._changed.wait_for(lambda: self._settled(ticket), self._patience)
            if ticket.answer is not None:
                return ticket.answer
            if not ticket.begun:
                self._leave(ticket)
                raise ticket.error or (_busy() if cost.large else _slow())
        try:
            ticket.answer = make()
        except Exception as error:
            ticket.error = error
            raise
        finally:
            with self._changed:
                self._leave(ticket)
                self._share(ticket)
        return ticket.answer

    # With the condition held

    def _enter(self, ticket: _Ticket) -> None:
        """Give a request its place among all; raises TooManyLarge for a large one when there is none."""
        if ticket.cost.large:
            large = [each for each in self._tickets if each.cost.large]
            if len(large) >= self._places and not self._displace(large, ticket.payer):
                raise _busy()
        self._tickets.append(ticket)

    def _displace(self, large: list[_Ticket], payer: str) -> bool:
        """Return whether another payer, who has at least two places more, gave one up."""
        places = Counter(ticket.payer for ticket in large)
        waiting = [ticket for ticket in large if not ticket.begun]
        if not waiting:
            return False
        most = max(waiting, key=lambda ticket: places[ticket.payer])
        if places[most.payer] < places[payer] + 2:
            return False
        latest = [ticket for ticket in waiting if ticket.payer == most.payer][-1]
        latest.displaced = True
        self._leave(latest)
        return True

    def _settled(self, ticket: _Ticket) -> bool:
        """Return whether a request has waited enough: it may begin, was answered, failed, or has lost its place."""
        if ticket.displaced or ticket.answer is not None or ticket.error is not None:
            return True
        if self._may_begin(ticket):
            ticket.begun = True
            self._last = ticket.payer if ticket.cost.large else self._last
            self._changed.notify_all()  # there may be room for the next beside it
        return ticket.begun

    def _may_begin(self, ticket: _Ticket) -> bool:
        making = [each for each in self._tickets if each.begun]
        if any(each.key == ticket.key for each in making):
            return False
        return not ticket.cost.large or ticket is self._next([each for each in making if each.cost.large])

    def _next(self, making: list[_Ticket]) -> _Ticket | None:
        """Return the large image to be begun beside those that are being made, None if it is to wait.

        None overtakes one that waits for more memory.
        """
        keys = {ticket.key for ticket in making}
        ready = [t for t in self._tickets if t.cost.large and not t.begun and t.key not in keys]
        if not ready or len(making) >= self._makers:
            return None
        served = Counter(ticket.payer for ticket in making)
        first = min(ready, key=lambda ticket: (served[ticket.payer], ticket.payer == self._last))
        held = sum(ticket.cost.memory for ticket in making)
        return first if not making or held + first.cost.memory <= self._memory else None

    def _leave(self, ticket: _Ticket) -> None:
        if ticket in self._tickets:
            self._tickets.remove(ticket)
        self._changed.notify_all()

    def _share(self, made: _Ticket) -> None:
        """Give those who wait for the same image what has become of it."""
        for ticket in [each for each in self._tickets if each.key == made.key]:
            ticket.answer, ticket.error = made.answer, made.error
            if made.answer is not None or made.error is not None:
                self._leave(ticket)


def _busy() -> TooManyLarge:
    return TooManyLarge(
        "Too many large images are being made at this moment.", "Ask again in some seconds, or for a smaller one."
    )


def _slow() -> Overloaded:
    return Overloaded("This image is being made for another reader, and takes long.", "Ask again in some seconds.")
