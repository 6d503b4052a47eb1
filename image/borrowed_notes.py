"""What is known of a picture at a source, and what to do when it is asked for. Pure but for the note's file."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

DOWN_SECONDS = 15.0  # that a source which did not answer is left in peace
_REFUSED_SECONDS = 60.0  # until a picture that broke a limit is tried again
_GONE_SECONDS = 60.0  # until a picture that is gone is asked for again
_NAME = "note.json"

Trouble = Literal["", "gone", "down", "refused"]


class Step(Enum):
    """What to do: show what is there (or tell that there is nothing), or ask the source."""

    SHOW = "show"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a picture. Times are seconds since 1970 UTC.

    `version` is that of the pyramid that is there, empty if there is none; `checked` when the source last stood by it.
    `trouble` is what went wrong when it was last asked, which was `tried`.
    """

    version: str = ""
    etag: str = ""
    last_modified: str = ""
    checked: float = 0.0
    trouble: Trouble = ""
    tried: float = 0.0
    reason: str = ""


def next_step(note: Note, now: float, fresh: float, *, down: bool) -> Step:
    """Return what to do for a picture that is asked for; `down` says that its source did not answer a moment ago."""
    if note.version and 0 <= now - note.checked < fresh:
        return Step.SHOW
    rest = {"": 0.0, "gone": _GONE_SECONDS, "down": DOWN_SECONDS, "refused": _REFUSED_SECONDS}[note.trouble]
    return Step.SHOW if down or 0 <= now - note.tried < rest else Step.ASK


def read_note(place: Path) -> Note:
    """Return what is known of a picture; nothing if its note, or the pyramid that it tells of, is not there."""
    try:
        note = Note(**json.loads((place / _NAME).read_bytes()))
        return note if not note.version or (place / f"{note.version}.tif").is_file() else Note()
    except (OSError, ValueError, TypeError):
        return Note()


def write_note(place: Path, note: Note, now: float) -> None:
    """Write what is known of a picture, whole or not at all; raises OSError."""
    beside = place / f".{secrets.token_hex(8)}.note"
    try:
        beside.write_text(json.dumps(asdict(note)))
        beside.replace(place / _NAME)
        os.utime(place, (now, now))
    finally:
        beside.unlink(missing_ok=True)
