"""Where Alembic begins with the numbers."""

from lectern.migrations import run

run()
