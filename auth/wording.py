"""What Lectern itself says to readers, in every language it knows: one file of auth/words/ each."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

ENGLISH = "en"


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of all languages, English first."""
    found = sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))
    return (ENGLISH, *(tag for tag in found if tag != ENGLISH))


def say(language: str, key: str, **values: object) -> str:
    """Return a sentence by its key ("pages.close") with values in it; in English where a language lacks it.

    Raises KeyError for a key that there is not.
    """
    text = _sentences(language).get(key) if language in languages() else None
    return (_sentences(ENGLISH)[key] if text is None else text).format(**values)


def in_all_languages(key: str, **values: object) -> dict[str, list[str]]:
    """Return a sentence as an IIIF language map, in every language that Lectern knows."""
    return {language: [say(language, key, **values)] for language in languages()}


@cache
def _sentences(language: str) -> Mapping[str, str]:
    document = tomllib.loads(_folder().joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    found = {
        f"{table}.{key}": text
        for table, texts in document.items()
        if isinstance(texts, dict)
        for key, text in texts.items()
    }
    return MappingProxyType(found)


def _folder() -> Traversable:
    return files("auth") / "words"
