"""The state when migrations began; what an older SQLite file lacks of it is added."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, MetaData, Table

from lectern.database_types import NAME, TEXT, WHOLE
from lectern.migrations.taking_over import take_over

revision = "3"
down_revision = None

tables = MetaData()

Table(
    "users",
    tables,
    Column("name", NAME, primary_key=True),
    Column("password_hash", NAME, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("created", WHOLE, nullable=False),
)
Table(
    "sessions",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("user", NAME, index=True),
    Column("roles", JSON, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("created", WHOLE, nullable=False),
    Column("seen", WHOLE, nullable=False, index=True),
    Column("ends", WHOLE, nullable=False, index=True),
    Column("over", Boolean, nullable=False),
    Column("provider", NAME, nullable=False, server_default="local"),
    Column("name", NAME, nullable=False, server_default=""),
    Column("sid", NAME, nullable=False, server_default=""),
    Column("id_token", TEXT, nullable=False, server_default=""),
)
Table(
    "tokens",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("session", ForeignKey("sessions.digest", ondelete="CASCADE"), nullable=False, index=True),
    Column("policy", NAME, nullable=False),
    Column("version", WHOLE, nullable=False),
    Column("origin", NAME, nullable=False),
    Column("ends", WHOLE, nullable=False, index=True),
)
Table(
    "failures",
    tables,
    Column("id", WHOLE, primary_key=True),
    Column("subject", NAME, nullable=False, index=True),
    Column("at", WHOLE, nullable=False, index=True),
)
# Access steps that wait for their token.
Table(
    "steps",
    tables,
    Column("subject", NAME, primary_key=True),
    Column("at", WHOLE, nullable=False, index=True),
)
Table(
    "spendings",
    tables,
    Column("id", WHOLE, primary_key=True),
    Column("subject", NAME, nullable=False, unique=True),
    Column("day", WHOLE, nullable=False, index=True),
    Column("spent", WHOLE, nullable=False),
)
Table(
    "codes",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("label", NAME, nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("created", WHOLE, nullable=False),
    Column("ends", WHOLE, nullable=False, index=True),
    Column("uses_left", WHOLE),
)
Table(
    "acceptances",
    tables,
    Column("provider", NAME, primary_key=True),
    Column("user", NAME, primary_key=True),
    Column("terms", NAME, primary_key=True),
    Column("at", WHOLE, nullable=False),
)
# Sign-ins that are on their way to an OpenID provider and back.
Table(
    "logins",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("browser", NAME, nullable=False, index=True),
    Column("data", JSON, nullable=False),
    Column("outcome", NAME, nullable=False, server_default=""),
    Column("ends", WHOLE, nullable=False, index=True),
)
# Logout tokens of OpenID providers that were seen already: each counts once (TH-50).
Table(
    "seen_logout_tokens",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("ends", WHOLE, nullable=False, index=True),
)
Table(
    "tallies",
    tables,
    Column("subject", NAME, primary_key=True),
    Column("second", WHOLE, nullable=False, index=True),
    Column("count", WHOLE, nullable=False),
)


def upgrade() -> None:
    """Make what is missing."""
    take_over(tables)
