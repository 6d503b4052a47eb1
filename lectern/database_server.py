"""Where PostgreSQL is, as the settings say it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Server:
    """A database of a PostgreSQL server: its URL without the password, and the password, empty if none is needed."""

    url: str
    password: str = field(default="", repr=False)
