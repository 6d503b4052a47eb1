"""Which release of everything answers: Lectern, its stores, packs and analysis, and the libraries that matter."""

import platform
import sqlite3
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from lectern import __version__, catalogue_tables, state_tables
from lectern.pack import FORMAT
from services.context import Context

# What makes answers, or guards them, beside Python itself.
_LIBRARIES = (
    "alembic",
    "authlib",
    "flask",
    "gunicorn",
    "joserfc",
    "lxml",
    "opensearch-py",
    "pillow",
    "psycopg",
    "pypdfium2",
    "pyvips",
    "snowballstemmer",
    "sqlalchemy",
    "werkzeug",
    "whoosh-reloaded",
)


def ours(context: Context) -> dict[str, str]:
    """Return the versions of what Lectern itself writes and is, and what finds words and keeps the stores."""
    return {
        "Lectern": __version__,
        "Schema of the catalogue": str(catalogue_tables.SCHEMA.version),
        "Schema of the state": str(state_tables.SCHEMA.version),
        "Format of packs": str(FORMAT),
        "Engine": "OpenSearch" if context.settings.engine == "opensearch" else "Whoosh",
        "Stores": "PostgreSQL" if context.home.server else f"SQLite {sqlite3.sqlite_version}",
        "Policies in force": context.policies.current().version,
    }


@cache
def libraries() -> dict[str, str]:
    """Return the versions of Python and of the libraries that matter, by name; of those that are installed."""
    found = {"Python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
