"""A store in a PostgreSQL database: one writer at a time as in SQLite, and an end to every wait.

Limits stand on the server's side and on ours: a server that has come to a standstill keeps no limit of its own.
"""

import os
import time
from collections.abc import Generator, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_loads
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import Connection, Engine, create_engine

from lectern.database_kept import Rows
from lectern.database_schema import Schema
from lectern.database_server import Server
from lectern.errors import ConfigurationError, StoreUnavailable
from lectern.noted import STORE_ERRORS

_LOCK_MILLISECONDS = 5000  # for which a write waits for another, as with SQLite
_READ_SECONDS = 5.0  # for one row
_STATEMENT_SECONDS = 30.0  # for a write, or a list of everything
_GRACE_SECONDS = 2.0  # after which a limit that the server should have kept is kept here
_CONNECT_SECONDS = 5
_DOWN_SECONDS = 1.0  # for which nobody asks again a server that did not answer
_IDLE = 4  # connections for single rows that are kept open
_POOL = 2
_MOST_CONNECTIONS = 16
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"  # whoever waited for the lock sees what its holder has committed

_Result = TypeVar("_Result")


class _Connection(psycopg.Connection[Any]):
    """A connection that waits for no answer longer than `limit` seconds; it is closed then."""

    limit: ClassVar[float]

    def wait(self, gen: Generator[Any, Any, _Result], *arguments: Any, **options: Any) -> _Result:
        """Return what an exchange with the server ends with; raises OperationalError when it takes too long."""
        try:
            return super().wait(_within(gen, self.limit), *arguments, **options)
        except _Standstill:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server did not answer within {self.limit:.0f} s") from None

    def __del__(self, *_: Any) -> None:
        """Say nothing: what nobody refers to closes itself, in the process that made it."""


class _ForRows(_Connection):
    limit = _READ_SECONDS + _GRACE_SECONDS


class _ForStatements(_Connection):
    limit = _STATEMENT_SECONDS + _GRACE_SECONDS


class _Standstill(Exception):
    """The server has not answered in time."""


def _within(gen: Generator[Any, Any, _Result], seconds: float) -> Generator[Any, Any, _Result]:
    """Hand on an exchange; raises _Standstill when nothing comes and its time is over.

    Whoever drives it comes by several times a second, whether something has come or not.
    """
    end = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > end:
                raise _Standstill
            wanted = gen.send(ready)
    except StopIteration as ended:
        result: _Result = ended.value
        return result


class _Dumper(StrDumperUnknown):
    """Texts for the server, which keeps no NUL: a replacement character stands for it."""

    def dump(self, obj: str) -> Any:
        """Return the text as the server takes it."""
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class PostgresqlStore:
    """One of the stores in a database that both share. Connections are made at first use, so after a fork."""

    errors = (psycopg.Error,)
    keeps_rows = True

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self.title = f"The {name} in PostgreSQL"
        self._name = name
        self._lock = int.from_bytes(sha256(f"lectern {name}".encode()).digest()[:8], signed=True)
        self._idle: list[_Connection] = []
        self._process = os.getpid()
        self._down_until = 0.0

    def engine(self) -> Engine:
        """Return a new engine over the database, whose connections are looked at before they are used."""
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: self._connect(_ForStatements),
            isolation_level="AUTOCOMMIT",  # we say BEGIN ourselves
            use_native_hstore=False,
            pool_size=_POOL,
            max_overflow=_MOST_CONNECTIONS - _POOL,
            pool_timeout=_LOCK_MILLISECONDS / 1000,
            pool_pre_ping=True,
            pool_recycle=3600,
        )

    def begin(self, connection: Connection, *, waits: bool) -> None:
        """Begin a write, alone of all processes; the driver raises when the lock cannot be had."""
        if waits:
            self._say(connection, f"{_BEGIN}; SELECT pg_advisory_xact_lock({self._lock})")
            return
        self._say(connection, _BEGIN)
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({self._lock})").scalar_one():
            connection.exec_driver_sql("ROLLBACK")
            raise self.unavailable("another process writes just now")

    def _say(self, connection: Connection, statements: str) -> None:
        connection.exec_driver_sql(statements, execution_options={"no_parameters": True})

    def fetch(self, query: str, parameters: Sequence[object]) -> Rows:
        """Return what a SELECT finds; asked once more where the connection has died since it was used last."""
        connection = self._kept()
        if connection is not None:
            try:
                return self._ask(connection, query, parameters)
            except psycopg.Error:
                if not connection.closed or time.monotonic() < self._down_until:
                    raise
                self._close_idle()  # the others died with it
        return self._ask(self._connect(_ForRows), query, parameters)

    def _kept(self) -> _Connection | None:
        if self._process != os.getpid():  # those of the process that we were forked from stay its own
            self._idle, self._process = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _ask(self, connection: _Connection, query: str, parameters: Sequence[object]) -> Rows:
        begun = time.monotonic()
        try:
            return connection.execute(_with_own_marks(query), parameters).fetchall()
        except psycopg.Error:
            if time.monotonic() - begun > connection.limit:
                self._down_until = time.monotonic() + _DOWN_SECONDS
            raise
        finally:
            if not connection.closed and len(self._idle) < _IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def _connect(self, kind: type[_Connection]) -> _Connection:
        """Return a new connection; while the server is down, one thread a second tries."""
        if time.monotonic() < self._down_until:
            raise psycopg.OperationalError("the server did not answer a moment ago")
        try:
            connection = kind.connect(**self._wishes(kind), autocommit=True)
        except psycopg.Error:
            self._down_until = time.monotonic() + _DOWN_SECONDS
            raise
        connection.adapters.register_dumper(str, _Dumper)
        if kind is _ForRows:
            set_json_loads(_as_text, connection)  # lists and objects come as SQLite gives them
        return connection

    def _wishes(self, kind: type[_Connection]) -> dict[str, Any]:
        """Return what a connection is made with; what the URL says of it wins."""
        seconds = _READ_SECONDS if kind is _ForRows else _STATEMENT_SECONDS
        limits = {
            "statement_timeout": f"{seconds:.0f}s",
            "lock_timeout": _LOCK_MILLISECONDS,
            "idle_in_transaction_session_timeout": f"{_STATEMENT_SECONDS:.0f}s",  # a writer that died holds up nobody
            "tcp_keepalives_idle": 10,
            "tcp_keepalives_interval": 5,
            "tcp_keepalives_count": 3,
        }
        given = conninfo_to_dict(self._server.url)
        options = " ".join(f"-c {name}={value}" for name, value in limits.items())
        ours: dict[str, Any] = {
            "application_name": f"lectern-{self._name}",
            "connect_timeout": _CONNECT_SECONDS,
            "client_encoding": "utf8",
            "target_session_attrs": "read-write",
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        }
        if self._server.password:
            ours["password"] = self._server.password
        return ours | given | {"options": f"{options} {given.get('options') or ''}".strip()}

    def version(self, connection: Connection, schema: Schema) -> int:
        """Return the version that Alembic's table tells; 0 without one.

        Raises ConfigurationError if an empty database keeps its texts otherwise than in UTF-8.
        """
        table = schema.version_table.name
        if connection.exec_driver_sql(f"SELECT to_regclass('{table}')").scalar() is None:
            if (found := connection.exec_driver_sql("SHOW server_encoding").scalar_one()) != "UTF8":
                raise ConfigurationError(
                    f"The database of database_url keeps its texts as {found}.",
                    "Make one with `createdb --encoding UTF8 --template template0`.",
                )
            return 0
        return int(connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar() or 0)

    def note_version(self, connection: Connection, version: int) -> None:
        """Do nothing: Alembic's table says it."""

    def unavailable(self, reason: object) -> StoreUnavailable:
        """Return the error that says which store it was, and never how to get in."""
        STORE_ERRORS.add(self._name)
        told = getattr(getattr(reason, "diag", None), "message_primary", None) or str(reason)
        if self._server.password:
            told = told.replace(self._server.password, "***")
        return StoreUnavailable(
            f"{self.title} cannot be used: {' '.join(told.split()).rstrip('.')}.",
            "Check that the server of database_url answers and that Lectern may write there (docs/postgresql.md).",
        )

    def close(self) -> None:
        """Close the connections that nobody uses just now."""
        self._close_idle()
        self._down_until = 0.0

    def _close_idle(self) -> None:
        while (connection := self._kept()) is not None:
            connection.close()


@lru_cache(maxsize=256)
def _with_own_marks(query: str) -> Any:
    """Return a query of ours with the marks for parameters that this driver knows."""
    return query.replace("%", "%%").replace("?", "%s")


def _as_text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode()
