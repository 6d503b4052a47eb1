"""The pages that were shown last, decoded: who searches a book asks again for the same pages, and pages on."""

from collections import OrderedDict
from collections.abc import Callable, Sized
from threading import RLock
from typing import Generic, TypeVar

from lectern.noted import looked_up, watch

KEPT_WORDS = 1_000_000  # about 90 MB a worker, once so many were shown

Key = tuple[int, int]  # a number for the open pack, and the page (from 0)

Leaf = TypeVar("Leaf", bound=Sized)  # a page as it is kept; its length is its words


class PageCache(Generic[Leaf]):
    """Decoded pages of any number of packs, up to so many words together; the longest unused go first.

    Safe for threads: a page is read only, and one that two threads decode at once is kept once.
    """

    def __init__(self, most_words: int = KEPT_WORDS) -> None:
        self._most = most_words
        self._words = 0
        self._pages: OrderedDict[Key, Leaf] = OrderedDict()
        self._lock = RLock()  # a pack may be let go of by whoever is here
        watch("pages", self)

    def page(self, key: Key, decode: Callable[[], Leaf]) -> Leaf:
        """Return a page: the one that is kept, or else what `decode` gives, which is kept from now on."""
        with self._lock:
            found = self._pages.get(key)
            looked_up("pages", found)
            if found is not None:
                self._pages.move_to_end(key)
                return found
        made = decode()
        with self._lock:
            if key not in self._pages:
                self._pages[key] = made
                self._words += len(made)
            while self._words > self._most and len(self._pages) > 1:
                _, dropped = self._pages.popitem(last=False)
                self._words -= len(dropped)
        return made

    def forget(self, number: int) -> None:
        """Let go of all pages of a pack: they hold its file open, and the room of one that was removed."""
        with self._lock:
            for key in [key for key in self._pages if key[0] == number]:
                self._words -= len(self._pages.pop(key))

    def __contains__(self, key: Key) -> bool:
        return key in self._pages

    def __len__(self) -> int:
        return len(self._pages)
