"""What can be wrong with a file, by stable names: the same in messages, in the ledger and in tests."""

from lectern.catalogue import LedgerEntry
from lectern.errors import ExitCode, InputError

# Limits on what one file may ask of us. The largest real page seen has 9,268 words and 1.8 MB.
MAX_FILE_BYTES = 256 * 1024 * 1024  # unless the setting ocr_max_bytes says otherwise
MAX_MARKUP = 3_000_000  # tags and attributes held at once: half a gigabyte
MAX_PAGES = 5_000
MAX_DEPTH = 3  # folders below the object's own
MAX_PAGE_WORDS = 50_000
MAX_TEXT_LENGTH = 64 * 1024
MAX_ALTERNATIVES = 16


class Unreadable(InputError):
    """A file or one page of it cannot be read; `trap` is the stable name of the reason."""

    def __init__(self, trap: str, detail: str, remedy: str) -> None:
        super().__init__(detail, remedy)
        self.trap = trap


class NoPages(Unreadable):
    """A file that is right as it is and has no page to put on the shelf: no fault, so nothing failed."""

    exit_code = ExitCode.OK


def changed_meanwhile(name: str) -> Unreadable:
    """Return what to raise for a file that is not what it was when its ingest began."""
    return Unreadable("changed-meanwhile", f"{name} changed while it was read.", "Ingest the object again.")


def warning(trap: str, message: str) -> str:
    """Return a warning as a page carries it: the trap's name, then what was done about it."""
    return f"{trap}: {message}"


def warning_entry(text: str, page: str | None) -> LedgerEntry:
    """Return the ledger's form of a page's warning."""
    trap, _, message = text.partition(": ")
    return LedgerEntry("warning", trap, message, page)


def failure_entry(error: InputError, page: str | None) -> LedgerEntry:
    """Return the ledger's form of a page that could not be read."""
    trap = error.trap if isinstance(error, Unreadable) else "image-broken"
    return LedgerEntry("failure", trap, str(error), page)
