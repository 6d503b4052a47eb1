"""The files that the settings name and that do not lie in the home: no backup has them."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from lectern.settings import Settings

_NO_PART = frozenset({"home", "viewers"})  # of an installation, and not of its home


def files_outside(settings: Settings) -> list[Path]:
    """Return files of secrets, certificates and the like that the settings name outside of the home, by name."""
    home = settings.home.resolve()
    found = {path for path in _paths(settings) if not (home / path).resolve().is_relative_to(home)}
    return sorted(found)


def _paths(model: BaseModel) -> Iterator[Path]:
    for name in type(model).model_fields:
        if name in _NO_PART:
            continue
        value = getattr(model, name)
        if isinstance(value, Path):
            yield value
        elif isinstance(value, dict):
            for each in value.values():
                if isinstance(each, BaseModel):
                    yield from _paths(each)
