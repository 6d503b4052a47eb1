"""What METS says of an object as a whole: MODS and Dublin Core in dmdSec, owner and licence as DFG METS has them.

Everything is text here: what looks like HTML is meant as it stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lxml import etree

from ingest.dates import nav_date_or_none
from ingest.description import Said
from ingest.description_fields import within_bounds
from ingest.languages import bcp47
from ingest.mods import Statement, in_order, read_mods, spoken, text_of
from ingest.xml import attributes, local_name
from lectern.description import Description, LanguageMap, Logo, Pair, Provider, WebPage, first_text, plain, texts_of
from lectern.urls import is_web_address

# Divs that stand for the whole object when each is alone in the one before: a newspaper, its volume, its issue.
_WHOLE = frozenset(
    {
        *("newspaper", "periodical", "volume", "issue", "year", "month", "day", "monograph", "publication", "print"),
        *("multivolume_work", "multivolumework", "manuscript", "map", "book", "serial", "object", "ephemera"),
    }
)
_DUBLIN_CORE = {
    "title": "Title", "creator": "Creator", "contributor": "Contributor", "publisher": "Publisher", "date": "Date",
    "identifier": "Identifier", "subject": "Subject", "coverage": "Coverage", "type": "Type", "format": "Format",
    "source": "Source", "relation": "Relation", "description": "Summary", "rights": "Rights", "language": "Language",
    "issued": "Date", "created": "Date", "extent": "Extent", "spatial": "Place", "abstract": "Summary",
}  # fmt: skip
_MOST = 300  # statements
_CODES = {
    "pdm": "http://creativecommons.org/publicdomain/mark/1.0/",
    "cc0": "http://creativecommons.org/publicdomain/zero/1.0/",
}


def read_whole(mets: etree._Element, structure: etree._Element | None, pages: etree._Element | None) -> Said:
    """Return what is said of the object as a whole; `structure` and `pages` are its maps of parts and of pages."""
    sections = {key: each for each in mets.iter("{*}dmdSec") if (key := attributes(each).get("ID"))}
    keys = [key for part in (structure, pages) if part is not None for key in _whole_keys(part)]
    whole = [sections[key] for key in dict.fromkeys(keys) if key in sections]
    if not whole and len(sections) == 1:
        whole = list(sections.values())
    statements = in_order(dict.fromkeys(each for section in whole for each in _statements(section)))[:_MOST]
    by_label: dict[str, list[Statement]] = {}
    for each in statements:
        by_label.setdefault(each.label, []).append(each)
    rights, provider, homepages = _owner(mets)
    languages = (bcp47(each.text) for each in by_label.pop("Language", []))
    dates = (nav_date_or_none(each.text) for each in by_label.get("Date", []))
    return Said(
        rights=_rights(by_label.pop("Rights", []), rights),
        languages=tuple(dict.fromkeys(tag for tag in languages if tag)),
        more=within_bounds(
            Description(
                label=_titles(by_label.get("Title", [])),
                summary=spoken(by_label.pop("Summary", [])),
                metadata=tuple(_pair(label, said) for label, said in by_label.items()),
                providers=provider,
                homepages=homepages,
                nav_date=next((date for date in dates if date), ""),
            )
        ),
    )


def named(said: Said, label: str) -> Said:
    """Return what is said of an object that METS calls by this label: then the title is a fact beside it."""
    if not label or label in texts_of(said.more.label):
        return replace(said, label=label or first_text(said.more.label), more=_without_title(said.more))
    return replace(said, label=label, more=replace(said.more, label=plain(label)))


def _without_title(more: Description) -> Description:
    """Return a description without the title as a fact: it is the label."""
    title = Pair(_english("Title"), more.label)
    return replace(more, metadata=tuple(each for each in more.metadata if each != title))


def _whole_keys(structure: etree._Element) -> list[str]:
    """Return the ids of the descriptions of the outermost divs, the innermost of these first."""
    keys: list[list[str]] = []
    around = structure
    while True:
        divs = [each for each in around if local_name(each) == "div"]
        if len(divs) != 1:
            break
        values = attributes(divs[0])
        if keys and values.get("TYPE", "").rpartition(":")[2].lower() not in _WHOLE:
            break
        keys.append(values.get("DMDID", "").split())
        around = divs[0]
    return [key for several in reversed(keys) for key in several]


def _statements(section: etree._Element) -> Iterator[Statement]:
    mods = next(section.iter("{*}mods"), None)
    if mods is None and (title := next(section.iter("{*}titleInfo"), None)) is not None:
        mods = title.getparent()
    if mods is not None:
        yield from read_mods(mods)
        return
    for data in section.iter("{*}xmlData"):
        for element in data.iter():
            label = _DUBLIN_CORE.get(local_name(element)) if isinstance(element.tag, str) else None
            if label and len(element) == 0 and (text := text_of(element)):
                yield Statement(label, text, attributes(element).get("lang", ""))


def _titles(titles: Iterable[Statement]) -> LanguageMap:
    """Return the title, one in each language: of several in one language the first."""
    return {language: texts[:1] for language, texts in spoken(titles).items()}


def _rights(said: Iterable[Statement], licence: str) -> str:
    """Return an address of a licence or a statement, else words."""
    texts = [licence, *(each.text for each in said)]
    return next((text for text in texts if is_web_address(text)), next((text for text in texts if text), ""))


def _owner(mets: etree._Element) -> tuple[str, tuple[Provider, ...], tuple[WebPage, ...]]:
    """Return licence, owner and the page about the object, as the METS of German libraries has them (`dv:`)."""
    told: dict[str, str] = {}
    for element in mets.iter("{*}rights", "{*}links"):
        for child in element.iter():
            if isinstance(child.tag, str) and len(child) == 0 and (text := text_of(child)):
                told.setdefault(local_name(child).lower(), text)
    licence = told.get("license", "")
    site = told.get("ownersiteurl", "")
    homepages = tuple(
        WebPage(address, {"en": (label,)})
        for key, label in (("reference", "Catalogue"), ("presentation", "Presentation"))
        if is_web_address(address := told.get(key, ""))
    )
    providers: tuple[Provider, ...] = ()
    if told.get("owner") and is_web_address(site):
        logos = (Logo(told["ownerlogo"]),) if is_web_address(told.get("ownerlogo", "")) else ()
        label = plain(told["owner"])
        providers = (Provider(site, label, (WebPage(site, label),), logos),)
    return _CODES.get(licence.lower(), licence), providers, homepages


def _pair(label: str, said: Iterable[Statement]) -> Pair:
    return Pair(_english(label), spoken(said))


def _english(label: str) -> Mapping[str, tuple[str, ...]]:
    return {"en": (label,)}
