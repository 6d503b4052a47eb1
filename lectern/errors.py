"""What can go wrong, and what to do about it.

LecternError
 +- ConfigurationError   a setting, a policy or a home that cannot be used
 +- InputError           a file or a folder that cannot be read as what it should be
 +- NotFound             an object, a user or a page that is not there
 +- StoreUnavailable     catalogue, state or index cannot be read or written just now
 |   +- BeingWritten     an object that another process or machine is writing just now
 +- PackError            an index file that is not whole
 +- Overloaded           more is asked at once than one process takes on
 +- Exhausted            more was asked than one reader may ask in a time
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Exit statuses of the command line; a public contract (docs/cli.md)."""

    OK = 0
    PAGES_FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    INPUT = 4
    NOT_FOUND = 5
    UNAVAILABLE = 6
    INTERRUPTED = 130


class LecternError(Exception):
    """An expected failure: one sentence that says what is wrong and one that names the remedy."""

    exit_code = ExitCode.INPUT
    status = 500
    title = "Lectern could not do this"

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.detail} {self.remedy}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how it travels between processes, whatever its class wants to be made of."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[LecternError], args: tuple[Any, ...], state: dict[str, Any]) -> LecternError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(LecternError):
    """A setting, a policy file or a home that cannot be used as it is; `problems` are its errors one by one."""

    exit_code = ExitCode.CONFIGURATION
    title = "The configuration has an error"

    def __init__(self, detail: str, remedy: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(detail, remedy)
        self.problems = tuple(problems) or (detail,)


class InputError(LecternError):
    """A file or a request that is not what it should be."""

    exit_code = ExitCode.INPUT
    status = 400
    title = "The input could not be read"


class NotFound(LecternError):
    """A thing that was asked for by name and is not there."""

    exit_code = ExitCode.NOT_FOUND
    status = 404
    title = "Not found"


class StoreUnavailable(LecternError):
    """Catalogue, state or index cannot be used just now; asking again later may work."""

    exit_code = ExitCode.UNAVAILABLE
    status = 503
    title = "A store is not available"


class BeingWritten(StoreUnavailable):
    """An object that another process or machine is writing just now."""

    title = "Another is writing this object"


class PackError(LecternError):
    """An index file that is torn, foreign or of another version; `lectern reindex` makes it anew."""

    exit_code = ExitCode.UNAVAILABLE
    status = 503
    title = "The index of this object cannot be read"


class Overloaded(LecternError):
    """More is asked at this moment than one process takes on; asking again in some seconds works."""

    exit_code = ExitCode.UNAVAILABLE
    status = 503
    title = "Too much at once"


class Exhausted(LecternError):
    """More was asked than one reader may ask; asking again after `wait` seconds works."""

    exit_code = ExitCode.UNAVAILABLE
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, remedy: str = "", wait: int = 1) -> None:
        super().__init__(detail, remedy)
        self.wait = wait
