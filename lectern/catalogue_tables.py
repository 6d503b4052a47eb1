"""The tables of catalogue.db. Times are whole seconds since 1970 UTC."""

from sqlalchemy import JSON, Column, Float, ForeignKey, MetaData, Table

from lectern.database_schema import Schema
from lectern.database_types import NAME, TEXT, WHOLE

tables = MetaData()

objects = Table(
    "objects",
    tables,
    Column("id", NAME, primary_key=True),
    Column("original_id", NAME, nullable=False),
    Column("generation", WHOLE, nullable=False),
    Column("label", NAME, nullable=False),
    Column("summary", TEXT, nullable=False),
    Column("rights", NAME, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("viewing_direction", NAME, nullable=False, server_default=""),
    Column("collections", JSON, nullable=False),
    Column("policy", NAME, nullable=False),
    Column("pages", WHOLE, nullable=False),
    Column("words", WHOLE, nullable=False),
    Column("created", WHOLE, nullable=False),
    Column("modified", WHOLE, nullable=False),
)
canvases = Table(
    "canvases",
    tables,
    Column("object", ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("n", WHOLE, primary_key=True),
    Column("canvas", NAME, nullable=False),
    Column("label", NAME, nullable=False),
    Column("width", WHOLE, nullable=False),
    Column("height", WHOLE, nullable=False),
    Column("image", NAME),
    Column("ocr", NAME),
    Column("words", WHOLE, nullable=False),
    Column("scale_by", NAME, nullable=False),
    Column("borrowed", TEXT, nullable=False, server_default=""),
)
ranges = Table(
    "ranges",
    tables,
    Column("object", ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("r", WHOLE, primary_key=True),
    Column("parent", WHOLE),
    Column("label", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("canvases", JSON, nullable=False),
)
descriptions = Table(
    "descriptions",
    tables,
    Column("object", ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("description", TEXT, nullable=False),
)
ledger = Table(
    "ledger",
    tables,
    Column("id", WHOLE, primary_key=True),
    Column("object", NAME, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("level", NAME, nullable=False),
    Column("page", NAME),
    Column("trap", NAME, nullable=False),
    Column("message", TEXT, nullable=False),
)
pages = Table(
    "pages",
    tables,
    Column("object", NAME, primary_key=True),
    Column("place", WHOLE, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("n", WHOLE),
    Column("state", NAME, nullable=False),
    Column("words", WHOLE, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("warnings", JSON, nullable=False),
)
pending = Table(  # keys whose documents in a cluster are not to be counted yet (lectern/catalogue_pending.py)
    "pending",
    tables,
    Column("object", NAME, primary_key=True),
    Column("generation", WHOLE, primary_key=True),
    Column("state", NAME, nullable=False),
    Column("at", WHOLE, nullable=False),
)
epoch = Table("epoch", tables, Column("id", WHOLE, primary_key=True), Column("value", WHOLE, nullable=False))
# Objects that are being written, and by whom (leases.py); `done` is what an object was last made from.
leases = Table(
    "leases",
    tables,
    Column("object", NAME, primary_key=True),
    Column("holder", NAME, nullable=False),
    Column("place", NAME, nullable=False),
    Column("until", Float, nullable=False),
    Column("done", NAME, nullable=False, server_default=""),
    Column("at", Float, nullable=False, server_default="0"),
)

SCHEMA = Schema("catalogue", tables, version=4)
