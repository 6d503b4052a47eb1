"""Catalogue and state brought to the version of this release: at every start, by any number of processes at once."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lectern.catalogue_tables import SCHEMA as CATALOGUE
from lectern.database import Database
from lectern.database_schema import Schema, require_known
from lectern.database_server import Server
from lectern.errors import StoreUnavailable
from lectern.home import Home
from lectern.state_tables import SCHEMA as STATE

PATIENCE_SECONDS = 120.0  # for which another machine's upgrade is waited for
_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What became of a store; `before` is 0 for a database that had no tables."""

    store: str
    before: int
    after: int


def upgrade_stores(home: Home, *, patience: float = PATIENCE_SECONDS) -> list[Upgraded]:
    """Bring the stores that there are to the newest version; returns what became of each.

    Whoever comes second waits, and finds nothing to do. Raises ConfigurationError for a store of a newer release,
    before anything is changed, and StoreUnavailable when one cannot be used for `patience` seconds.
    """
    places = _places(home)
    if not places:
        return []
    with _alone(home):
        return _patiently(lambda: _upgrade_all(places), patience)


def require_not_newer(home: Home) -> None:
    """Return if this release knows the files of a home's stores; raises ConfigurationError if not.

    A store that cannot be asked just now is told of by whoever uses it.
    """
    if home.server is not None:
        return
    for schema, place in _places(home):
        database = Database(place, schema)
        try:
            found = database.stored_version()
        except StoreUnavailable:
            continue
        require_known(_title(schema, place), found, schema)


def _places(home: Home) -> list[tuple[Schema, Path | Server]]:
    if home.server is not None:
        return [(CATALOGUE, home.server), (STATE, home.server)]
    files = ((CATALOGUE, home.catalogue_file), (STATE, home.state_file))
    return [(schema, file) for schema, file in files if file.is_file()]


def _title(schema: Schema, place: Path | Server) -> str:
    return place.name if isinstance(place, Path) else f"The {schema.name} in PostgreSQL"


def _upgrade_all(places: list[tuple[Schema, Path | Server]]) -> list[Upgraded]:
    """Look at all stores before the first of them is changed: a home is of one release."""
    found = []
    for schema, place in places:
        version = Database(place, schema).stored_version()
        require_known(_title(schema, place), version, schema)
        found.append((schema, place, version))
    return [_upgrade(*each) for each in found]


def _upgrade(schema: Schema, place: Path | Server, before: int) -> Upgraded:
    database = Database(place, schema)
    try:
        _ = database.engine  # is brought to the newest version as it is made
    finally:
        database.close()
    return Upgraded(schema.name, before, schema.version)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Wait until no other process of this machine upgrades the home, and hold it until the block ends."""
    work = home.path / "work"
    work.mkdir(parents=True, exist_ok=True)
    with (work / ".upgrade.lock").open("w") as lock:  # no object has such an id
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _patiently(upgrade: Callable[[], list[Upgraded]], patience: float) -> list[Upgraded]:
    """Try until it succeeds: another machine holds the database for as long as its own upgrade takes."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return upgrade()
        except StoreUnavailable:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_AGAIN_SECONDS)
