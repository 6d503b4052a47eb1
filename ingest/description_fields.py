"""What object.json says of an object in IIIF's own properties: read strictly, as its author can mend it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ingest.dates import nav_date
from lectern.description import (
    BEHAVIORS,
    NOTHING_SAID,
    Description,
    LanguageMap,
    Logo,
    Pair,
    Provider,
    WebPage,
    contradicting,
    language_map,
    plain,
    texts_of,
)
from lectern.iiif_json import Json, several
from lectern.richtext import is_html, require_allowed
from lectern.urls import is_web_address

LARGEST = 256 * 1024  # characters of a description as it is kept
_RIGHTS = {"en": ("Rights",)}


def read_fields(found: Json) -> Description:
    """Return what is said; raises ValueError, whose words name the key and the remedy."""
    said = Description(
        _plain_map(found, "label"),
        _rich_map(found, "summary"),
        tuple(_pairs(found.get("metadata") or [])),
        _statement(_either(found, "required_statement", "requiredStatement")),
        tuple(_provider(each) for each in several(found.get("provider") or None)),
        tuple(_page(each, "homepage") for each in several(found.get("homepage") or None)),
        _nav_date(_either(found, "nav_date", "navDate")),
        _behavior(found.get("behavior")),
        _start(found.get("start")),
    )
    if len(said.text()) > LARGEST:
        raise ValueError(f"it describes the object in more than {LARGEST >> 10} kB: make it shorter")
    return said


def within_bounds(said: Description) -> Description:
    """Return what somebody else said, without the last pairs, and at last without texts, if it is too much to keep."""
    while len(said.text()) > LARGEST and said.metadata:
        said = replace(said, metadata=said.metadata[: len(said.metadata) // 2])
    return said if len(said.text()) <= LARGEST else replace(NOTHING_SAID, nav_date=said.nav_date, start=said.start)


def _either(found: Json, *keys: str) -> Any:
    return next((found[key] for key in keys if found.get(key)), None)


def _map(value: Any, where: str) -> LanguageMap:
    try:
        return language_map(value)
    except ValueError as error:
        raise ValueError(f'"{where}" {error}') from error


def _plain_map(found: Json, key: str, where: str = "") -> LanguageMap:
    """Return texts that may hold no HTML (PR3-07)."""
    if not found.get(key):
        return {}
    said = _map(found[key], where or key)
    if any(is_html(text) for text in texts_of(said)):
        raise ValueError(f'"{where or key}" begins with < and ends with >: no HTML may stand there, write plain text')
    return said


def _rich_map(found: Json, key: str, where: str = "") -> LanguageMap:
    """Return texts that may be HTML as IIIF allows it."""
    if not found.get(key):
        return {}
    said = _map(found[key], where or key)
    for text in texts_of(said):
        if is_html(text):
            try:
                require_allowed(text)
            except ValueError as error:
                raise ValueError(f'"{where or key}" {error}') from error
    return said


def _pairs(found: Any) -> Iterable[Pair]:
    """Return pairs: of a list of labels and values, or of an object whose keys are the labels."""
    if isinstance(found, dict):
        found = [{"label": label, "value": value} for label, value in found.items()]
    if not isinstance(found, list):
        raise ValueError('"metadata" is no list: write [{"label": "Publisher", "value": "A. Printer"}]')
    return [_pair(each, "metadata") for each in found]


def _pair(found: Any, where: str) -> Pair:
    if not isinstance(found, dict) or not found.get("label") or not found.get("value"):
        raise ValueError(f'"{where}" has no label or no value: write {{"label": "Publisher", "value": "A. Printer"}}')
    return Pair(_plain_map(found, "label", f"{where}.label"), _rich_map(found, "value", f"{where}.value"))


def _statement(found: Any) -> Pair | None:
    """Return what must be shown: a pair, or its value alone."""
    if found is None:
        return None
    if isinstance(found, dict) and "value" in found:
        return _pair(found, "required_statement")
    return Pair(_RIGHTS, _rich_map({"value": found}, "value", "required_statement"))


def _provider(found: Any) -> Provider:
    if not isinstance(found, dict) or not found.get("id") or not found.get("label"):
        raise ValueError('"provider" has no id or no label: write {"id": "https://library.example/", "label": "…"}')
    return Provider(
        _address(found["id"], "provider.id"),
        _plain_map(found, "label", "provider.label"),
        tuple(_page(each, "provider.homepage") for each in several(found.get("homepage") or None)),
        tuple(_logo(each) for each in several(found.get("logo") or None)),
    )


def _page(found: Any, where: str) -> WebPage:
    """Return a page: its address alone, or an object; one that has no label is called by its address."""
    said = {"id": found} if isinstance(found, str) else found
    if not isinstance(said, dict):
        raise ValueError(f'"{where}" is no address: write "https://…" or {{"id": "https://…", "label": "…"}}')
    address = _address(said.get("id"), f"{where}.id")
    label = _plain_map(said, "label", f"{where}.label") or plain(address)
    languages = _texts(said.get("language"), f"{where}.language")
    return WebPage(address, label, _text(said.get("format"), f"{where}.format") or "text/html", languages)


def _logo(found: Any) -> Logo:
    said = {"id": found} if isinstance(found, str) else found
    if not isinstance(said, dict):
        raise ValueError('"provider.logo" is no address: write "https://…" or {"id": "https://…"}')
    address = _address(said.get("id"), "provider.logo.id")
    width, height = (_whole(said.get(key), f"provider.logo.{key}") for key in ("width", "height"))
    return Logo(address, _text(said.get("format"), "provider.logo.format"), width, height)


def _address(value: Any, where: str) -> str:
    if not isinstance(value, str) or not is_web_address(value):
        raise ValueError(f'"{where}" is no web address: write all of it, as in https://library.example/')
    return value


def _nav_date(value: Any) -> str:
    if not value:
        return ""
    try:
        return nav_date(str(value))
    except ValueError as error:
        raise ValueError(f'"nav_date" {error}') from error


def _behavior(value: Any) -> tuple[str, ...]:
    told = _texts(value, "behavior")
    for each in told:
        if each not in BEHAVIORS:
            raise ValueError(f'"behavior" {each!r} is unknown: it is some of {", ".join(BEHAVIORS)}')
    if both := contradicting(told):
        raise ValueError(f'"behavior" says {" and ".join(both)}: take one of them')
    return told


def _start(value: Any) -> int | None:
    number = _whole(value, "start")
    if number is not None and number < 1:
        raise ValueError('"start" is no page: write its number, counted from 1')
    return number


def _whole(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f'"{where}" is no whole number above 0')
    return value


def _text(value: Any, where: str) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError(f'"{where}" is not a text')
    return value or ""


def _texts(value: Any, where: str) -> tuple[str, ...]:
    texts = several(value or None)
    if not all(isinstance(each, str) for each in texts):
        raise ValueError(f'"{where}" is neither a text nor a list of texts')
    return tuple(texts)
