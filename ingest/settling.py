"""Which of the things that are watched are ready: those that nobody has changed for a while. Pure: the clock is given.

All times are seconds of one clock that only goes forward.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Settling:
    """Things that wait for their turn; each is ready `quiet` seconds after its last change."""

    quiet: float
    _ready_at: dict[Path, float] = field(default_factory=dict)

    def changed(self, source: Path, now: float) -> None:
        """Hear of a change: the thing waits anew."""
        self._ready_at[source] = now + self.quiet

    def again(self, source: Path, at: float) -> None:
        """Have a thing come up at a time though nobody changes it; a change that was heard already wins."""
        self._ready_at.setdefault(source, at)

    def take(self, now: float) -> Path | None:
        """Return the thing that is ready the longest, which waits no more; None if none is ready."""
        ready = [(at, str(source), source) for source, at in self._ready_at.items() if at <= now]
        if not ready:
            return None
        source = min(ready)[2]
        del self._ready_at[source]
        return source

    def wait(self, now: float) -> float | None:
        """Return the seconds until the next thing is ready, 0 if one is; None if nothing waits."""
        return max(0.0, min(self._ready_at.values()) - now) if self._ready_at else None


def owner_of(changed: Path, roots: Sequence[Path], *, each: bool) -> Path | None:
    """Return the object's path that a changed file belongs to, None if it is nobody's.

    With `each` that is what lies directly inside a root and has the file in it or is it. Hidden files and folders
    are nobody's at any depth, as an ingest passes them over.
    """
    for root in roots:
        if not changed.is_relative_to(root):
            continue
        parts = changed.relative_to(root).parts
        if any(part.startswith(".") for part in parts) or (each and not parts):
            continue
        return root / parts[0] if each else root
    return None


def overlaps(path: Path, home: Path) -> bool:
    """Return whether one of two folders lies in the other, all links followed."""
    one, other = path.resolve(), home.resolve()
    return one.is_relative_to(other) or other.is_relative_to(one)


def folders_inside(root: Path) -> Iterator[Path]:
    """Yield the folders directly inside a folder that are objects to be. Raises OSError."""
    return (path for path in root.iterdir() if is_object_folder(path))


def is_object_folder(path: Path) -> bool:
    """Return whether a path is a folder that is neither hidden nor a link, which could lead anywhere."""
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
