"""What a manifest says of its object, whatever its version: the row and the description of the catalogue as one."""

from dataclasses import replace

from image.info import rights_uri
from lectern.description import NOTHING_SAID, Description, LanguageMap, Pair, plain, texts_of
from lectern.urls import is_web_address
from services.presentation.model import Book, facts

_RIGHTS = {"en": ("Rights",)}
_SAME = {
    "language": frozenset({"language", "languages", "sprache", "sprachen", "langue", "lingua", "idioma", "taal"}),
    "identifier": frozenset({"identifier", "identifiers", "identifikator", "identifiant"}),
}


def label_of(book: Book) -> LanguageMap:
    """Return the label in every language; where little is told only the one that lists have."""
    return (book.description.label if book.tells_all else {}) or plain(book.row.label or book.row.id)


def described(book: Book) -> Description:
    """Return all that a manifest says of the object, its row's part included; nothing where little is told.

    Rights that are no licence that Presentation 3 knows stand as a required statement, or beside one as a fact.
    """
    if not book.tells_all:
        return NOTHING_SAID
    said, row = book.description, book.row
    more = [pair for label, value in facts(row) if (pair := _fact(said, label, value))]
    statement = said.required_statement
    if row.rights and rights_uri(row.rights) is None:
        rights = Pair(_RIGHTS, plain(_linked(row.rights)))
        more += [rights] if statement is not None else []
        statement = statement or rights
    return replace(
        said,
        label=label_of(book),
        summary=said.summary or plain(row.summary),
        metadata=(*said.metadata, *more),
        required_statement=statement,
    )


def _fact(said: Description, label: str, value: str) -> Pair | None:
    """Return a fact of the row as a pair, None where the metadata says it already."""
    names = _SAME.get(label.lower(), frozenset())
    for pair in said.metadata:
        if names & {text.rstrip(":").strip().casefold() for text in texts_of(pair.label)} and (
            label != "Identifier" or value in " ".join(texts_of(pair.value))
        ):
            return None
    return Pair({"en": (label,)}, plain(value))


def _linked(text: str) -> str:
    """Return words on rights; an address as a link."""
    if not is_web_address(text):
        return text
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return f'<a href="{safe}">{safe}</a>'
