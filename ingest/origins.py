"""Where an object came from, kept beside its packs: an object that takes the place of another's is told of."""

from contextlib import suppress
from pathlib import Path

from ingest.names import shown
from lectern.catalogue import LedgerEntry, ObjectRow
from lectern.home import Home

_LONGEST = 8192  # characters of a path or an address; a longer file is not ours


def origin_of(source: Path) -> str:
    """Return how a path is told and known again: absolute, links followed."""
    return shown(str(source.resolve()))


def known_origin(home: Home, object_id: str) -> str:
    """Return where an object came from the last time, empty where nobody wrote it down."""
    with suppress(OSError, UnicodeDecodeError):
        return origin_file(home, object_id).read_text("utf-8")[:_LONGEST].strip()
    return ""


def keep_origin(home: Home, object_id: str, origin: str) -> None:
    """Write down where an object came from; raises OSError."""
    if origin != known_origin(home, object_id):
        origin_file(home, object_id).write_text(f"{origin}\n", "utf-8")


def forget_origin(home: Home, object_id: str) -> None:
    """Remove what was written down; raises OSError."""
    origin_file(home, object_id).unlink(missing_ok=True)


def note_replaced(home: Home, before: ObjectRow | None, origin: str) -> list[LedgerEntry]:
    """Return a warning where an object that came from elsewhere is replaced, else nothing."""
    was = known_origin(home, before.id) if before else ""
    if before is None or was in {"", origin}:
        return []
    message = (
        f"this replaces the object {before.id} that came from {was} (pages: {before.pages}, words: {before.words}); "
        f"it comes from {origin} now. To have both, ingest that one again with --object and another id."
    )
    return [LedgerEntry("warning", "other-source", message)]


def origin_file(home: Home, object_id: str) -> Path:
    """Return the file in which it is written down."""
    return home.pack_file(object_id, 0).with_name(f"{object_id}.origin")
