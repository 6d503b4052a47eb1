"""Standard error as logs write to it: where nobody reads it, or its disk is full, lines are lost and no answers."""

import io
from typing import BinaryIO, TextIO, cast

_STANDARD_ERROR = 2


class _Unfailing(io.FileIO):
    """A file whose writing never fails."""

    def write(self, data: object) -> int:
        """Return how many bytes were taken; all, where none could be written (TH-97)."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return len(data)  # type: ignore[arg-type]


def for_bytes(descriptor: int = _STANDARD_ERROR) -> BinaryIO:
    """Return where lines of bytes go, at once; the descriptor stays open whatever becomes of the file."""
    return cast(BinaryIO, _Unfailing(descriptor, "wb", closefd=False))


def for_text(descriptor: int = _STANDARD_ERROR) -> TextIO:
    """Return where text goes, line by line."""
    return io.TextIOWrapper(io.BufferedWriter(_Unfailing(descriptor, "wb", closefd=False)), line_buffering=True)
