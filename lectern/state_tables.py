"""The tables of state.db. Times are whole seconds since 1970 UTC; digests are SHA-256 in hex (TH-30)."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, MetaData, String, Table, Text

from lectern.names import LOCAL

SCHEMA_VERSION = 2

tables = MetaData()

users = Table(
    "users",
    tables,
    Column("name", String, primary_key=True),
    Column("password_hash", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("created", Integer, nullable=False),
)
sessions = Table(
    "sessions",
    tables,
    Column("digest", String, primary_key=True),
    Column("user", String, index=True),
    Column("roles", JSON, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("created", Integer, nullable=False),
    Column("seen", Integer, nullable=False, index=True),
    Column("ends", Integer, nullable=False, index=True),
    Column("over", Boolean, nullable=False),
    Column("provider", String, nullable=False, server_default=LOCAL),
    Column("name", String, nullable=False, server_default=""),
    Column("sid", String, nullable=False, server_default=""),
    Column("id_token", Text, nullable=False, server_default=""),
)
tokens = Table(
    "tokens",
    tables,
    Column("digest", String, primary_key=True),
    Column("session", ForeignKey("sessions.digest", ondelete="CASCADE"), nullable=False, index=True),
    Column("policy", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("origin", String, nullable=False),
    Column("ends", Integer, nullable=False, index=True),
)
failures = Table(
    "failures",
    tables,
    Column("id", Integer, primary_key=True),
    Column("subject", String, nullable=False, index=True),
    Column("at", Integer, nullable=False, index=True),
)
# Access steps that wait for their token.
steps = Table(
    "steps",
    tables,
    Column("subject", String, primary_key=True),
    Column("at", Integer, nullable=False, index=True),
)
spendings = Table(
    "spendings",
    tables,
    Column("id", Integer, primary_key=True),
    Column("subject", String, nullable=False, unique=True),
    Column("day", Integer, nullable=False, index=True),
    Column("spent", Integer, nullable=False),
)
codes = Table(
    "codes",
    tables,
    Column("digest", String, primary_key=True),
    Column("label", String, nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("created", Integer, nullable=False),
    Column("ends", Integer, nullable=False, index=True),
    Column("uses_left", Integer),
)
acceptances = Table(
    "acceptances",
    tables,
    Column("provider", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("terms", String, primary_key=True),
    Column("at", Integer, nullable=False),
)
# Sign-ins that are on their way to an OpenID provider and back.
logins = Table(
    "logins",
    tables,
    Column("digest", String, primary_key=True),
    Column("browser", String, nullable=False, index=True),
    Column("data", JSON, nullable=False),
    Column("outcome", String, nullable=False, server_default=""),
    Column("ends", Integer, nullable=False, index=True),
)
# Logout tokens of OpenID providers that were seen already: each counts once (TH-50).
seen_logout_tokens = Table(
    "seen_logout_tokens",
    tables,
    Column("digest", String, primary_key=True),
    Column("ends", Integer, nullable=False, index=True),
)
