"""Where Alembic begins with the catalogue."""

from lectern.migrations import run

run()
