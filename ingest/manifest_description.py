"""What a manifest of either version says of its object as a whole, read generously: what has no form is passed over."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from ingest.dates import nav_date_or_none
from ingest.description_fields import within_bounds
from ingest.languages import bcp47
from ingest.markup import html_lines, looks_like_html
from lectern.description import (
    BEHAVIORS,
    NO_LANGUAGE,
    Description,
    ImageService,
    LanguageMap,
    Logo,
    Pair,
    Provider,
    WebPage,
    contradicting,
    first_text,
    plain,
)
from lectern.iiif_json import Json, id_of, image_service_version, objects_of, several, side_of
from lectern.richtext import cleaned, is_html
from lectern.urls import is_web_address

Version = Literal[2, 3]

_MOST_PAIRS = 500
_MOST_LINKS = 20
_LONGEST = 50_000  # characters of a text
_ATTRIBUTION: LanguageMap = {"en": ("Attribution",)}
_LEADS = re.compile(r"""\bhref\s*=\s*["']([^"']+)["']""")
_CONTROLS = dict.fromkeys(sign for sign in range(32) if chr(sign) not in "\n\t")


def description_of(
    document: Json, version: Version, holders: tuple[Any, ...], numbers: Mapping[str, int]
) -> Description:
    """Return what a manifest says of its object; `numbers` gives the number of a canvas by its id.

    `holders` are the manifest and, in Presentation 2, its sequence: either may say which way it is to be shown. HTML
    is brought to what IIIF allows; a logo that nobody gives is of whoever serves the manifest.
    """
    statement = _statement(document, version)
    return within_bounds(
        Description(
            _words(document.get("label")),
            _rich(document.get("summary") if version == 3 else document.get("description")),
            tuple(_pairs(document.get("metadata")))[:_MOST_PAIRS],
            statement,
            tuple(_providers(document, version, statement))[:_MOST_LINKS],
            tuple(_pages(document.get("homepage") if version == 3 else document.get("related")))[:_MOST_LINKS],
            _nav_date(document.get("navDate")),
            _behavior(holders),
            _start(holders, numbers),
        )
    )


def rights_of(document: Json) -> str:
    """Return the address of a licence or statement, else words on it; of a link only where it leads."""
    texts = [text.strip() for key in ("rights", "license") for _, text in _spoken(document.get(key)) if text.strip()]
    leads = [found[1] if (found := _LEADS.search(text)) else text for text in texts]
    address = next((text for text in leads if is_web_address(text)), "")
    return address or next((" ".join(html_lines(text)) for text in texts), "")


def _spoken(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (language, text) of a text, a list of texts, a language value (2) or a language map (3)."""
    for each in several(value):
        if isinstance(each, str):
            yield NO_LANGUAGE, each
        elif isinstance(each, dict) and "@value" in each:
            if isinstance(each["@value"], str):
                yield _tag(each.get("@language")), each["@value"]
        elif isinstance(each, dict):
            for language, texts in each.items():
                yield from ((_tag(language), text) for text in several(texts) if isinstance(text, str))


def _tag(language: Any) -> str:
    return (bcp47(language) if isinstance(language, str) else None) or NO_LANGUAGE


def _map(value: Any, *, rich: bool) -> LanguageMap:
    found: dict[str, list[str]] = {}
    for language, text in _spoken(value):
        said = text.translate(_CONTROLS).strip()[:_LONGEST]
        if is_html(said) or looks_like_html(said):
            said = cleaned(said) if rich else " ".join(html_lines(said))
        if said:
            found.setdefault(language, []).append(said)
    return {language: tuple(dict.fromkeys(texts)) for language, texts in found.items()}


def _words(value: Any) -> LanguageMap:
    """Return texts that may hold no HTML (PR3-07)."""
    return _map(value, rich=False)


def _rich(value: Any) -> LanguageMap:
    """Return texts that may be HTML as IIIF allows it."""
    return _map(value, rich=True)


def _pairs(found: Any) -> Iterator[Pair]:
    for each in several(found):
        if isinstance(each, dict) and (label := _words(each.get("label"))) and (value := _rich(each.get("value"))):
            yield Pair(label, value)


def _statement(document: Json, version: Version) -> Pair | None:
    if version == 3:
        return next(_pairs(document.get("requiredStatement")), None)
    value = _rich(document.get("attribution"))
    return Pair(_ATTRIBUTION, value) if value else None


def _providers(document: Json, version: Version, statement: Pair | None) -> Iterator[Provider]:
    if version == 3:
        for each in several(document.get("provider")):
            if isinstance(each, dict) and is_web_address(name := id_of(each)):
                homepages, logos = tuple(_pages(each.get("homepage"))), tuple(_logos(each.get("logo")))
                yield Provider(name, _words(each.get("label")) or plain(name), homepages, logos)
        return
    parts = urlsplit(name) if is_web_address(name := id_of(document)) else None
    logos = tuple(_logos(document.get("logo")))
    if logos and parts is not None:
        said = plain(parts.netloc) if statement is None else _words({k: list(v) for k, v in statement.value.items()})
        yield Provider(f"{parts.scheme}://{parts.netloc}/", said, (), logos)


def _logos(found: Any) -> Iterator[Logo]:
    for each in several(found):
        if is_web_address(name := id_of(each)):
            said = each if isinstance(each, dict) else {}
            width, height = side_of(said.get("width")), side_of(said.get("height"))
            yield Logo(name, _plain_word(said.get("format")), width, height, _service(said.get("service")))


def _service(found: Any) -> ImageService | None:
    """Return the first image service; what version 1 or 2 it is of may only its context tell."""
    for each in objects_of(found):
        version, profile = image_service_version(each), several(each.get("profile"))[:1]
        if version and is_web_address(name := id_of(each)) and profile and isinstance(profile[0], str):
            return ImageService(name, f"ImageService{version}", profile[0])
    return None


def _pages(found: Any) -> Iterator[WebPage]:
    """Yield pages for people; one that has no label is called by its address."""
    for each in several(found):
        said = each if isinstance(each, dict) else {}
        form = _plain_word(said.get("format")) or "text/html"
        if is_web_address(name := id_of(each)) and form in {"text/html", "application/xhtml+xml"}:
            label = _words(said.get("label")) or plain(name)
            told = [tag for tag in map(_tag, several(said.get("language"))) if tag != NO_LANGUAGE]
            yield WebPage(name, label, form, tuple(told))


def _nav_date(value: Any) -> str:
    return nav_date_or_none(value) if isinstance(value, str) else ""


def _behavior(holders: tuple[Any, ...]) -> tuple[str, ...]:
    """Return how the object is to be shown: `behavior`, or what `viewingHint` meant in version 2."""
    told: list[str] = []
    for holder in holders:
        if isinstance(holder, dict):
            said = (*several(holder.get("behavior")), *several(holder.get("viewingHint")))
            told += [each for each in said if isinstance(each, str) and each in BEHAVIORS and each not in told]
    while both := contradicting(tuple(told)):
        told = [each for each in told if each not in both[1:]]
    return tuple(told)


def _start(holders: tuple[Any, ...], numbers: Mapping[str, int]) -> int | None:
    """Return the number of the canvas that is to be opened first, a part of one (`#t=`, a selector) included."""
    for holder in holders:
        if isinstance(holder, dict):
            said = holder.get("start") or holder.get("startCanvas")
            if isinstance(said, dict) and said.get("source"):
                said = said["source"]
            if n := numbers.get(id_of(said).partition("#")[0]):
                return n
    return None


def _plain_word(value: Any) -> str:
    return first_text(_words(value))[:100]
