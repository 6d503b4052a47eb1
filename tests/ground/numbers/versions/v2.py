"""Numbers have a colour."""

from alembic import op
from sqlalchemy import Column, String

revision = "2"
down_revision = "1"


def upgrade() -> None:
    op.add_column("numbers", Column("colour", String, nullable=False, server_default="it's grey"))
