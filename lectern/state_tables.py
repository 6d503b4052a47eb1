"""The tables of state.db. Times are whole seconds since 1970 UTC; digests are SHA-256 in hex (TH-30)."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, MetaData, Table

from lectern.database_schema import Schema
from lectern.database_types import NAME, TEXT, WHOLE
from lectern.names import LOCAL

tables = MetaData()

users = Table(
    "users",
    tables,
    Column("name", NAME, primary_key=True),
    Column("password_hash", NAME, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("created", WHOLE, nullable=False),
)
sessions = Table(
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
    Column("provider", NAME, nullable=False, server_default=LOCAL),
    Column("name", NAME, nullable=False, server_default=""),
    Column("sid", NAME, nullable=False, server_default=""),
    Column("id_token", TEXT, nullable=False, server_default=""),
)
tokens = Table(
    "tokens",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("session", ForeignKey("sessions.digest", ondelete="CASCADE"), nullable=False, index=True),
    Column("policy", NAME, nullable=False),
    Column("version", WHOLE, nullable=False),
    Column("origin", NAME, nullable=False),
    Column("ends", WHOLE, nullable=False, index=True),
)
failures = Table(
    "failures",
    tables,
    Column("id", WHOLE, primary_key=True),
    Column("subject", NAME, nullable=False, index=True),
    Column("at", WHOLE, nullable=False, index=True),
)
# Access steps that wait for their token.
steps = Table(
    "steps",
    tables,
    Column("subject", NAME, primary_key=True),
    Column("at", WHOLE, nullable=False, index=True),
)
spendings = Table(
    "spendings",
    tables,
    Column("id", WHOLE, primary_key=True),
    Column("subject", NAME, nullable=False, unique=True),
    Column("day", WHOLE, nullable=False, index=True),
    Column("spent", WHOLE, nullable=False),
)
codes = Table(
    "codes",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("label", NAME, nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("created", WHOLE, nullable=False),
    Column("ends", WHOLE, nullable=False, index=True),
    Column("uses_left", WHOLE),
)
acceptances = Table(
    "acceptances",
    tables,
    Column("provider", NAME, primary_key=True),
    Column("user", NAME, primary_key=True),
    Column("terms", NAME, primary_key=True),
    Column("at", WHOLE, nullable=False),
)
# Sign-ins that are on their way to an OpenID provider and back.
logins = Table(
    "logins",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("browser", NAME, nullable=False, index=True),
    Column("data", JSON, nullable=False),
    Column("outcome", NAME, nullable=False, server_default=""),
    Column("ends", WHOLE, nullable=False, index=True),
)
# Logout tokens of OpenID providers that were seen already: each counts once (TH-50).
seen_logout_tokens = Table(
    "seen_logout_tokens",
    tables,
    Column("digest", NAME, primary_key=True),
    Column("ends", WHOLE, nullable=False, index=True),
)
# Requests of the running second, added up over all machines (state_tallies.py).
tallies = Table(
    "tallies",
    tables,
    Column("subject", NAME, primary_key=True),
    Column("second", WHOLE, nullable=False, index=True),
    Column("count", WHOLE, nullable=False),
)

SCHEMA = Schema("state", tables, version=3)
