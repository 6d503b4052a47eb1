"""MODS, the catalogue record of a book, as statements: a label, a text and its language. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.languages import bcp47
from ingest.xml import attributes, local_name
from lectern.description import NO_LANGUAGE, LanguageMap
from lectern.richtext import not_html

_LONGEST = 10_000  # characters of a text
# The order in which statements are shown, as catalogues do.
_ORDER = (
    *("Title", "Other title", "Creator", "Contributor", "Publisher", "Place", "Date", "Edition", "Volume", "Issue"),
    *("Part of", "Language", "Extent", "Genre", "Subject", "Identifier"),
)
_AUTHORS = frozenset({"aut", "cre", "author", "creator", ""})
_PARTS = {"volume": "Volume", "issue": "Issue", "edition": "Edition"}
_PLAIN = {"publisher": "Publisher", "edition": "Edition"}
_DATES = ("dateIssued", "dateCreated", "copyrightDate", "dateCaptured")


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said under a label, `language` as the record names it."""

    label: str
    text: str
    language: str = ""


def in_order(statements: Iterable[Statement]) -> list[Statement]:
    """Return statements in the order in which they are shown; those of one label stay as they were."""
    return sorted(statements, key=lambda each: _ORDER.index(each.label) if each.label in _ORDER else len(_ORDER))


def spoken(statements: Iterable[Statement]) -> LanguageMap:
    """Return the texts of statements by language, each once."""
    found: dict[str, list[str]] = {}
    for each in statements:
        texts = found.setdefault(bcp47(each.language) or NO_LANGUAGE, [])
        if (text := not_html(each.text)) not in texts:
            texts.append(text)
    said = {text for language, texts in found.items() if language != NO_LANGUAGE for text in texts}
    if NO_LANGUAGE in found:
        found[NO_LANGUAGE] = [text for text in found[NO_LANGUAGE] if text not in said]
    return {language: tuple(texts) for language, texts in found.items() if texts}


def text_of(element: etree._Element) -> str:
    """Return all text in an element on one line."""
    return " ".join("".join(map(str, element.itertext())).split())[:_LONGEST]


def read_mods(mods: etree._Element) -> Iterator[Statement]:
    """Yield what a record says of its object, not what it says of others (`relatedItem`), but for the one around it."""
    for element in mods:
        if isinstance(element.tag, str):
            yield from _READERS.get(local_name(element), _nothing)(element)


def _nothing(_element: etree._Element) -> Iterator[Statement]:
    return iter(())


def _child(element: etree._Element, name: str) -> str:
    """Return the text of the first child of a name."""
    return next((text_of(each) for each in element if local_name(each) == name), "")


def _title(element: etree._Element) -> Iterator[Statement]:
    pieces = [_child(element, name) for name in ("nonSort", "title")]
    title = " ".join(piece for piece in pieces if piece)
    if rest := _child(element, "subTitle"):
        title = f"{title}: {rest}"
    parts = [part for name in ("partNumber", "partName") if (part := _child(element, name))]
    values = attributes(element)
    label = "Other title" if values.get("type") else "Title"
    if title:
        yield Statement(label, ". ".join([title, *parts]), values.get("lang", ""))


def _name(element: etree._Element) -> Iterator[Statement]:
    named = {kind: "" for kind in ("family", "given", "termsOfAddress", "")}
    for each in element:
        kind = attributes(each).get("type", "")
        if local_name(each) == "namePart" and kind in named and not named[kind]:
            named[kind] = text_of(each)
    name = _child(element, "displayForm") or ", ".join(part for part in named.values() if part)
    roles = [text_of(each) for each in element.iter("{*}roleTerm")]
    words = [text_of(each) for each in element.iter("{*}roleTerm") if attributes(each).get("type") == "text"]
    if not name:
        return
    if any(role.lower() in _AUTHORS for role in roles) or not roles:
        yield Statement("Creator", name)
    else:
        yield Statement("Contributor", f"{name} ({words[0]})" if words else name)


def _origin(element: etree._Element) -> Iterator[Statement]:
    for each in element.iter():
        kind = local_name(each) if isinstance(each.tag, str) else ""
        if kind in _PLAIN and (text := text_of(each)):
            yield Statement(_PLAIN[kind], text, attributes(each).get("lang", ""))
        elif kind == "placeTerm" and attributes(each).get("type") != "code" and (text := text_of(each)):
            yield Statement("Place", text, attributes(each).get("lang", ""))
    for kind in _DATES:
        if date := _date([each for each in element if local_name(each) == kind]):
            yield Statement("Date", date)
            return


def _date(told: list[etree._Element]) -> str:
    """Return a date, or the two ends of a time."""
    by_point = {attributes(each).get("point", ""): text for each in reversed(told) if (text := text_of(each))}
    if "" in by_point:
        return by_point[""]
    ends = [by_point[point] for point in ("start", "end") if point in by_point]
    return "/".join(ends)


def _language(element: etree._Element) -> Iterator[Statement]:
    terms = [each for each in element if local_name(each) == "languageTerm"]
    terms.sort(key=lambda each: attributes(each).get("type") != "code")
    text = next((text for each in terms if bcp47(text := text_of(each))), "")
    if text:
        yield Statement("Language", text)


def _identifier(element: etree._Element) -> Iterator[Statement]:
    values, text = attributes(element), text_of(element)
    if text and values.get("invalid") != "yes":
        kind = values.get("type", "")
        yield Statement("Identifier", f"{kind}: {text}" if kind and kind not in {"local", "uri"} else text)


def _rights(element: etree._Element) -> Iterator[Statement]:
    text = attributes(element).get("href", "").strip() or text_of(element)
    if text:
        yield Statement("Rights", text)


def _related(element: etree._Element) -> Iterator[Statement]:
    """Yield what the whole around the object is: its title, its identifiers, and which part of it the object is."""
    if attributes(element).get("type") != "host":
        return
    for each in element:
        kind = local_name(each)
        if kind == "titleInfo":
            yield from (Statement("Part of", found.text, found.language) for found in _title(each))
        elif kind == "identifier":
            yield from _identifier(each)
        elif kind == "part":
            yield from _part(each)


def _part(element: etree._Element) -> Iterator[Statement]:
    for each in element:
        label = _PARTS.get(attributes(each).get("type", "").lower()) if local_name(each) == "detail" else None
        if label and (text := _child(each, "caption") or _child(each, "number")):
            yield Statement(label, text)


def _physical(element: etree._Element) -> Iterator[Statement]:
    if text := _child(element, "extent"):
        yield Statement("Extent", text)


def _said(label: str, element: etree._Element) -> Iterator[Statement]:
    if text := text_of(element):
        yield Statement(label, text, attributes(element).get("lang", ""))


def _subject(element: etree._Element) -> Iterator[Statement]:
    words = [text_of(each) for each in element if local_name(each) in {"topic", "geographic", "temporal", "genre"}]
    if any(words):
        yield Statement("Subject", " -- ".join(word for word in words if word), attributes(element).get("lang", ""))


_READERS = {
    "titleInfo": _title,
    "name": _name,
    "originInfo": _origin,
    "language": _language,
    "identifier": _identifier,
    "accessCondition": _rights,
    "relatedItem": _related,
    "part": _part,
    "physicalDescription": _physical,
    "abstract": lambda element: _said("Summary", element),
    "genre": lambda element: _said("Genre", element),
    "subject": _subject,
}
