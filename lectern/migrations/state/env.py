"""Where Alembic begins with the state."""

from lectern.migrations import run

run()
