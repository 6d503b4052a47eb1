"""The stores that machines have in common: a database of PostgreSQL, or SQLite files."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from lectern.home import Home
from tests.postgresql.server import Postgresql
from tests.replicas.machines import Machine

# Gives machines whose homes lie in a folder the same stores, for as long as the context lasts.
Stores = Callable[[Path, Sequence[Machine]], AbstractContextManager[list[Machine]]]
_FILES = ("catalogue.db", "state.db")


@contextmanager
def one_file(folder: Path, found: Sequence[Machine]) -> Iterator[list[Machine]]:
    """Give machines the same SQLite files, as no two real ones may have."""
    for machine in found:
        for name in _FILES:
            (machine.home.path / name).symlink_to(folder / "shared" / name)
    yield list(found)


def one_database(postgresql: Postgresql) -> Stores:
    """Return what gives machines a database of their own in a server that runs."""

    @contextmanager
    def stores(_: Path, found: Sequence[Machine]) -> Iterator[list[Machine]]:
        with postgresql.database() as name:
            server = postgresql.server(name)
            settings = {"database_url": server.url, "database_password": server.password}
            yield [
                replace(each, home=Home(each.home.path, server), settings={**each.settings, **settings})
                for each in found
            ]

    return stores
