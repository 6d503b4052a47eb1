"""A page's picture that stays where it is, at a source of the settings: its name there, its size, its state."""

from dataclasses import dataclass
from pathlib import Path

from ingest.geometry import Size
from ingest.traps import Unreadable
from lectern.picture_sources import Reference


@dataclass(frozen=True, slots=True)
class Distant:
    """A picture at a source. `state` changes when the picture does; without a size, `trouble` says why.

    `name` is that of the page which it was asked for by, where it was; else its own name tells.
    """

    reference: Reference
    state: str = ""
    size: Size | None = None
    trouble: Unreadable | None = None
    name: str = ""

    @property
    def path(self) -> Path:
        """Return what stands for it among the paths of files; nothing is ever opened by it."""
        return Path(f"{self.reference.source}:") / (self.name or self.reference.key)

    @property
    def key(self) -> list[str]:
        """Return what tells it, as it is now, from all others."""
        return [str(self.reference), self.state]
