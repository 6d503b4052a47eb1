"""A PostgreSQL for tests: one a test process, on loopback, as nobody in particular, gone with the process."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lectern.catalogue import Catalogue
from lectern.catalogue_tables import SCHEMA as CATALOGUE
from lectern.database_server import Server
from lectern.home import Home
from lectern.state import State
from lectern.state_tables import SCHEMA as STATE
from tests.servers import free_port

_USER = "lectern"
_GUARDED = "guarded"  # a user with a password
PASSWORD = "long word at the gate"
_TEMPLATE = "with_tables"
_SHARED = "one_after_another"
_EMPTYING = "SET lock_timeout = '10s'; " + "; ".join(  # quicker than TRUNCATE, and than a new database by far
    f'DELETE FROM "{table.name}"' for schema in (CATALOGUE, STATE) for table in reversed(schema.tables.sorted_tables)
)
_MAKING = ("-E", "UTF8", "--locale=C.UTF-8", "-N")
_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "90",
    "shared_buffers": "32MB",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path | None:
    """Return the folder of the newest server that Debian has installed, None without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


class Postgresql:
    """A server that runs, and the databases in it."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log
        self._numbers = count(1)
        self._cleaner: psycopg.Connection[Any] | None = None

    def server(self, database: str, user: str = _USER, password: str = "") -> Server:
        """Return where a database is, as the settings say it."""
        return Server(f"postgresql://{user}@127.0.0.1:{self.port}/{database}", password)

    def guarded(self, database: str, password: str = PASSWORD) -> Server:
        """Return the same for a user who has to show a password."""
        return self.server(database, _GUARDED, password)

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement of a test's own, and return its rows."""
        with psycopg.connect(self.server(database).url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def emptied(self) -> str:
        """Return the one database that tests use one after another, with the tables of both stores, all empty."""
        if self._cleaner is None:
            self.run(f"CREATE DATABASE {_SHARED} TEMPLATE {_TEMPLATE}")
            self._cleaner = psycopg.connect(self.server(_SHARED).url, autocommit=True)
        self._cleaner.execute(_EMPTYING)
        return _SHARED

    def close(self) -> None:
        """Close the connection that empties."""
        if self._cleaner is not None:
            self._cleaner.close()

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Give a database of one's own until the block ends."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def _as_nobody() -> dict[str, Any]:
    """Return how to start the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL does not run as root, and there is no account postgres or nobody")


@contextmanager
def postgresql_running() -> Iterator[Postgresql]:
    """Run a server until the block ends; skips where there is none to run."""
    folder = programs()
    if folder is None:
        pytest.skip("there is no PostgreSQL; on Debian: apt-get install -y postgresql")
    who = _as_nobody()
    with tempfile.TemporaryDirectory(prefix="lectern-postgresql-", ignore_cleanup_errors=True) as home:
        if who:
            os.chown(home, who["user"], who["group"])
        data, port, log_file = Path(home) / "data", free_port(), Path(home) / "log"
        making: list[str | Path] = [
            folder / "initdb",
            "-D",
            data,
            "-U",
            _USER,
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        subprocess.run(making, check=True, stdout=subprocess.DEVNULL, cwd="/", **who)
        (data / "pg_hba.conf").write_text(
            f"host all {_GUARDED} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        )
        settings = [f"--{name}={value}" for name, value in {**_QUICK, "port": str(port)}.items()]
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "QUIT", "--", folder / "postgres", "-D", data, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **who,
            )
        server = Postgresql(process, port, log_file)
        try:
            _ready(server)
            yield server
        finally:
            server.close()
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGQUIT)  # at once: nothing here is worth a tidy end
            process.wait(15)


def _ready(server: Postgresql) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            server.run(f"CREATE USER {_GUARDED} SUPERUSER PASSWORD '{PASSWORD}'")
        except psycopg.OperationalError:
            assert server.process.poll() is None, server.log.read_text(errors="replace")
            assert time.monotonic() < end, "PostgreSQL did not answer within 60 s"
            time.sleep(0.05)
        else:
            break
    server.run(f"CREATE DATABASE {_TEMPLATE}")
    home = Home(Path("/nowhere"), server.server(_TEMPLATE))
    for store in (Catalogue(home), State(home)):
        (store.epoch if isinstance(store, Catalogue) else store.check)()
        store.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """Return a PostgreSQL that this test process has for itself."""
    with postgresql_running() as server:
        yield server


@pytest.fixture
def empty_database(postgresql: Postgresql) -> Iterator[Server]:
    """Return a database without any table."""
    with postgresql.database() as name:
        yield postgresql.server(name)


@pytest.fixture
def database_server(postgresql: Postgresql) -> Server:
    """Return a database with the tables of both stores and nothing in them."""
    return postgresql.server(postgresql.emptied())


@pytest.fixture
def own_database(postgresql: Postgresql) -> Iterator[str]:
    """Return the name of such a database that no other test uses, for tests that spoil it."""
    with postgresql.database(_TEMPLATE) as name:
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> Server | None:
    """Return where a home's stores are, None for files of its own: a test that asks for it is run with both."""
    return request.getfixturevalue("database_server") if request.param == "postgresql" else None


ON_SQLITE = pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("stores", ["postgresql"], indirect=True)
