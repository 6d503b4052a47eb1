"""Which images of a part of a page were asked for before: only these are kept on disk (TH-71)."""

from collections import OrderedDict
from threading import Lock

MOST = 8192  # keys that a process remembers; each takes some 150 bytes


class AskedBefore:
    """The keys that were lately asked for in one process, the most lately asked ones of `most`."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._keys: OrderedDict[str, None] = OrderedDict()

    def seen(self, key: str) -> bool:
        """Return whether a key was asked for before, and remember it."""
        with self._lock:
            before = key in self._keys
            self._keys[key] = None
            self._keys.move_to_end(key)
            if len(self._keys) > self._most:
                self._keys.popitem(last=False)
        return before
