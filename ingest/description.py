"""`object.json` beside the pages: label, languages and page labels of an object, as defaults."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.jsonfile import load_json
from ingest.manifest import VIEWING_DIRECTIONS
from ingest.names import is_text
from ingest.traps import Unreadable
from lectern.errors import InputError

FILE_NAME = "object.json"


@dataclass(frozen=True, slots=True)
class Description:
    """What a folder says of itself. `page_labels` and `page_languages` are by page, in order; empty where not said."""

    label: str = ""
    summary: str = ""
    rights: str = ""
    languages: tuple[str, ...] = ()
    viewing_direction: str = ""
    page_labels: tuple[str, ...] = ()
    page_languages: tuple[tuple[str, ...], ...] = ()


def read_description(path: Path) -> Description:
    """Return what an object.json says; raises InputError when it is not JSON or a value has the wrong form."""
    try:
        return _description(load_json(path, path.name))
    except (Unreadable, TypeError) as error:
        why = error.detail.removesuffix(".") if isinstance(error, Unreadable) else error
        raise InputError(
            f"{path.name} cannot be used: {why}.",
            'It is a JSON object with "label", "summary", "rights", "viewing_direction" (texts), "language" (a list) '
            'and "pages".',
        ) from error


def _description(found: Any) -> Description:
    if not isinstance(found, dict):
        raise TypeError("it is not a JSON object")
    pages = found.get("pages", [])
    if not isinstance(pages, list) or not all(isinstance(page, dict) for page in pages):
        raise TypeError('"pages" is not a list of objects')
    return Description(
        label=_text(found, "label"),
        summary=_text(found, "summary"),
        rights=_text(found, "rights"),
        languages=_texts(found, "languages") or _texts(found, "language"),
        viewing_direction=_direction(found),
        page_labels=tuple(_text(page, "label") for page in pages),
        page_languages=tuple(_texts(page, "language") for page in pages),
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
