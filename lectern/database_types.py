"""Types of columns that mean the same in SQLite and in PostgreSQL."""

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.types import TypeEngine

_C = "C"  # letters in the order of their code points, as SQLite has them, whatever the server's language

NAME: TypeEngine[str] = String().with_variant(String(collation=_C), "postgresql")
TEXT: TypeEngine[str] = Text().with_variant(Text(collation=_C), "postgresql")
WHOLE: TypeEngine[int] = Integer().with_variant(BigInteger(), "postgresql")  # times go on after 2038
