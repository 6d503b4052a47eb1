"""Files found by the end of their path: of those that are free, the one that agrees longest with what was said."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingest.names import same_form


class PathEnds:
    """Paths by every end that they have. Looking for one takes as long as its path, however many there are.

    `is_free` tells whether a path may still be given; one that once may not is never asked about again.
    """

    def __init__(self, is_free: Callable[[Path], bool]) -> None:
        self._is_free = is_free
        self._by_end: dict[tuple[str, ...], deque[Path]] = defaultdict(deque)
        self._whole: dict[str, deque[Path]] = defaultdict(deque)
        self._longest = 0

    def add(self, path: Path) -> None:
        """Take in a path; of those that agree equally, the one that came first is found first."""
        parts = tuple(map(same_form, path.parts))
        self._longest = max(self._longest, len(parts))
        self._whole[same_form(path.as_posix())].append(path)
        for begin in range(len(parts) + 1):
            self._by_end[parts[begin:]].append(path)

    def find(self, said: Sequence[str], whole: str = "") -> Path | None:
        """Return the free path that is `whole`, else the one of whose parts the most at the end are as it was said.

        Where no part agrees it is the first that is free; None if none is. `whole` is in the form of `same_form`.
        """
        end = tuple(map(same_form, said[-self._longest :] if self._longest else ()))
        groups = [self._whole.get(whole), *(self._by_end.get(end[begin:]) for begin in range(len(end) + 1))]
        return next((path for paths in groups if paths and (path := self._first(paths)) is not None), None)

    def _first(self, paths: deque[Path]) -> Path | None:
        while paths and not self._is_free(paths[0]):
            paths.popleft()
        return paths[0] if paths else None


def ends_of(paths: Iterable[Path], name: Callable[[Path], str], is_free: Callable[[Path], bool]) -> dict[str, PathEnds]:
    """Return the ends of paths by a name that each has."""
    found: dict[str, PathEnds] = {}
    for path in paths:
        found.setdefault(name(path), PathEnds(is_free)).add(path)
    return found
