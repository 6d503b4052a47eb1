"""Numbers alone."""

from sqlalchemy import Column, Integer, MetaData, Table

from lectern.migrations.taking_over import take_over

revision = "1"
down_revision = None

tables = MetaData()
Table("numbers", tables, Column("n", Integer, primary_key=True))


def upgrade() -> None:
    take_over(tables)
