"""What an object's source says of it, and `object.json` beside the pages, which says the most."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.description_fields import read_fields
from ingest.jsonfile import load_json
from ingest.manifest import VIEWING_DIRECTIONS
from ingest.names import is_text
from ingest.traps import Unreadable
from lectern.catalogue import LedgerEntry
from lectern.description import Description, first_text
from lectern.errors import InputError
from lectern.nearest import nearest

FILE_NAME = "object.json"
_KEYS = frozenset(
    (
        *("label", "summary", "metadata", "required_statement", "requiredStatement", "provider", "homepage", "rights"),
        *("language", "languages", "nav_date", "navDate", "behavior", "viewing_direction", "start", "pages"),
    )
)
_PAGE_KEYS = frozenset({"label", "language"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a folder, its METS or a manifest says of an object; empty where not said.

    `label` and `summary` are the first of those in `more`, which is all that is beyond the object's row. `page_labels`
    and `page_languages` are by page, in order.
    """

    label: str = ""
    summary: str = ""
    rights: str = ""
    languages: tuple[str, ...] = ()
    viewing_direction: str = ""
    page_labels: tuple[str, ...] = ()
    page_languages: tuple[tuple[str, ...], ...] = ()
    more: Description = field(default_factory=Description)


def read_description(path: Path) -> Said:
    """Return what an object.json says; raises InputError when it is not JSON or a value has the wrong form."""
    try:
        return _said(load_json(path, path.name))
    except (Unreadable, TypeError, ValueError) as error:
        why = error.detail.removesuffix(".") if isinstance(error, Unreadable) else error
        raise InputError(
            f"{path.name} cannot be used: {why}.",
            'It is a JSON object with "label" and others; docs/descriptions.md explains every key, with an example.',
        ) from error


def doubts_of(said: Said, pages: int) -> list[LedgerEntry]:
    """Return warnings for what is said of pages that an object with so many pages has not."""
    found = []
    if said.more.start and said.more.start > pages:
        message = f"The page to open first is number {said.more.start}, but there are {pages}: it is left out."
        found.append(LedgerEntry("warning", "start-of-no-page", message))
    if (named := max(len(said.page_labels), len(said.page_languages))) > pages:
        message = f"{named} pages are described, but there are {pages}: the rest is left out."
        found.append(LedgerEntry("warning", "pages-of-no-file", message))
    return found


def _refuse_unknown(found: dict[str, Any], known: frozenset[str], where: str = "") -> None:
    for key in found:
        if key not in known:
            meant = nearest(key, known)
            hint = f'perhaps "{meant}"' if meant else f"known: {', '.join(sorted(known))}"
            raise ValueError(f'"{where}{key}" is an unknown key ({hint})')


def _said(found: Any) -> Said:
    if not isinstance(found, dict):
        raise TypeError("it is not a JSON object")
    _refuse_unknown(found, _KEYS)
    pages = found.get("pages", [])
    if not isinstance(pages, list) or not all(isinstance(page, dict) for page in pages):
        raise TypeError('"pages" is not a list of objects')
    for page in pages:
        _refuse_unknown(page, _PAGE_KEYS, "pages.")
    more = read_fields(found)
    return Said(
        label=first_text(more.label),
        summary=first_text(more.summary),
        rights=_text(found, "rights"),
        languages=_texts(found, "languages") or _texts(found, "language"),
        viewing_direction=_direction(found),
        page_labels=tuple(_text(page, "label") for page in pages),
        page_languages=tuple(_texts(page, "language") for page in pages),
        more=more,
    )


def _direction(found: dict[str, Any]) -> str:
    value = _text(found, "viewing_direction")
    if value and value not in VIEWING_DIRECTIONS:
        raise TypeError(f'"viewing_direction" is none of {", ".join(VIEWING_DIRECTIONS)}')
    return value


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key, "")
    if not isinstance(value, str) or not is_text(value):
        raise TypeError(f'"{key}" is not a text')
    return value


def _texts(found: dict[str, Any], key: str) -> tuple[str, ...]:
    value = found.get(key, [])
    if isinstance(value, str):
        value = [value] if value else []
    if not isinstance(value, list) or not all(isinstance(each, str) and is_text(each) for each in value):
        raise TypeError(f'"{key}" is not a list of texts')
    return tuple(value)
