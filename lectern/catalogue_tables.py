"""The tables of catalogue.db. Times are whole seconds since 1970 UTC."""

from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

SCHEMA_VERSION = 3

tables = MetaData()

objects = Table(
    "objects",
    tables,
    Column("id", String, primary_key=True),
    Column("original_id", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("label", String, nullable=False),
    Column("summary", Text, nullable=False),
    Column("rights", String, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("viewing_direction", String, nullable=False, server_default=""),
    Column("collections", JSON, nullable=False),
    Column("policy", String, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("modified", Integer, nullable=False),
)
canvases = Table(
    "canvases",
    tables,
    Column("object", ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("canvas", String, nullable=False),
    Column("label", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("image", String),
    Column("ocr", String),
    Column("words", Integer, nullable=False),
    Column("scale_by", String, nullable=False),
    Column("borrowed", Text, nullable=False, server_default=""),
)
ranges = Table(
    "ranges",
    tables,
    Column("object", ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("r", Integer, primary_key=True),
    Column("parent", Integer),
    Column("label", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("canvases", JSON, nullable=False),
)
descriptions = Table(
    "descriptions",
    tables,
    Column("object", ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("description", Text, nullable=False),
)
ledger = Table(
    "ledger",
    tables,
    Column("id", Integer, primary_key=True),
    Column("object", String, nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("level", String, nullable=False),
    Column("page", String),
    Column("trap", String, nullable=False),
    Column("message", Text, nullable=False),
)
pages = Table(
    "pages",
    tables,
    Column("object", String, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("n", Integer),
    Column("state", String, nullable=False),
    Column("words", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("warnings", JSON, nullable=False),
)
pending = Table(  # keys whose documents in a cluster are not to be counted yet (lectern/catalogue_pending.py)
    "pending",
    tables,
    Column("object", String, primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("state", String, nullable=False),
    Column("at", Integer, nullable=False),
)
epoch = Table("epoch", tables, Column("id", Integer, primary_key=True), Column("value", Integer, nullable=False))
