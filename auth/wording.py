"""What Lectern itself says to readers, in every language it knows: one file of auth/words/ each.

An operator changes sentences, or adds a language, with files of the same form in the folder `words` of the home.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from types import MappingProxyType

from lectern.errors import ConfigurationError

ENGLISH = "en"
_NAME = "language"
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_REMEDY = "The files of auth/words/ show the form; docs/languages.md explains it."

Sentences = Mapping[str, str]


class Words:
    """Sentences by language; where a language lacks one it is said in English."""

    def __init__(self, sentences: Mapping[str, Sentences]) -> None:
        """Take the sentences of every language by key, its own name under "language"; English must be complete."""
        self._sentences = sentences
        rest = sorted(tag for tag in sentences if tag != ENGLISH)
        self.languages: tuple[str, ...] = (ENGLISH, *rest)

    def say(self, language: str, key: str, **values: object) -> str:
        """Return a sentence by its key ("pages.close") with values in it; raises KeyError for an unknown key."""
        return self.text(language, key).format(**values)

    def text(self, language: str, key: str) -> str:
        """Return a sentence with its gaps; raises KeyError for an unknown key."""
        text = self._sentences.get(language, {}).get(key)
        return self._sentences[ENGLISH][key] if text is None else text

    def name(self, language: str) -> str:
        """Return what a language calls itself."""
        return self._sentences.get(language, {}).get(_NAME, language)

    def in_all_languages(self, key: str, **values: object) -> dict[str, list[str]]:
        """Return a sentence as an IIIF language map, in every language that has it."""
        return {tag: [self.say(tag, key, **values)] for tag in self.languages if key in self._sentences[tag]}

    def missing(self, language: str) -> tuple[str, ...]:
        """Return the keys that a language lacks."""
        return tuple(sorted(set(self._sentences[ENGLISH]) - set(self._sentences[language])))


@cache
def built_in() -> Words:
    """Return the words that come with Lectern."""
    folder = files("auth") / "words"
    found = {file.name.removesuffix(".toml"): _read(file) for file in folder.iterdir() if file.name.endswith(".toml")}
    return Words(MappingProxyType(found))


def load_words(folder: Path) -> Words:
    """Return the built-in words with those of a folder over them; the built-in ones if there is no folder.

    Raises ConfigurationError with every error of every file at once: no language tag, no TOML, an unknown key, a
    sentence with other gaps than the English one. A sentence that a new language lacks is no error.
    """
    own = built_in()
    if not folder.is_dir():
        return own
    merged = {tag: own._sentences[tag] for tag in own.languages}
    problems: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        given, found = _read_checked(file, own)
        problems += [f"words/{file.name}: {problem}" for problem in found]
        merged[file.stem] = MappingProxyType({_NAME: file.stem, **merged.get(file.stem, {}), **given})
    if problems:
        raise ConfigurationError("The words have errors: " + "; ".join(problems) + ".", _REMEDY, problems)
    return Words(MappingProxyType(merged))


def choose_language(wanted: Iterable[tuple[str, float]], known: Sequence[str], default: str) -> str:
    """Return the tag of the language of `known` for a reader who names ranges with weights, the dearest first.

    A range is looked up as RFC 4647 (3.4) has it: `de-AT` finds `de` where there is no `de-AT`, and does so before a
    range that the reader likes less. Where that finds nothing `pt` is content with `pt-BR`. A weight of 0 rules
    a language out; without any match it is `default`, or the first one known.
    """
    ranges = [(range_.lower(), weight) for range_, weight in wanted]
    refused = {range_ for range_, weight in ranges if weight <= 0}
    fit = {tag.lower(): tag for tag in known if tag.lower() not in refused}
    for range_, weight in ranges:
        if weight > 0 and (found := _look_up(range_, fit)):
            return found
    return default if default.lower() in fit else next(iter(fit.values()), default)


def _look_up(range_: str, fit: Mapping[str, str]) -> str | None:
    subtags = range_.split("-")
    shorter = ("-".join(subtags[:n]) for n in range(len(subtags), 0, -1))
    found = next((fit[tag] for tag in shorter if tag in fit), None)
    return found or next((fit[tag] for tag in fit if tag.startswith(f"{range_}-")), None)


def gaps(text: str) -> frozenset[str]:
    """Return the names of a sentence's gaps; raises ValueError for braces that make none."""
    found = [(name, form, conversion) for _, name, form, conversion in Formatter().parse(text) if name is not None]
    if any(form or conversion for _, form, conversion in found):
        raise ValueError("a gap is a name and nothing more, like {user}")
    return frozenset(name for name, _, _ in found)


def _read(file: Traversable) -> Sentences:
    return MappingProxyType(dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")))))


def _flat(document: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for table, texts in document.items():
        if isinstance(texts, str):
            yield table, texts
        elif isinstance(texts, dict):
            yield from ((f"{table}.{key}", text) for key, text in texts.items() if isinstance(text, str))


def _read_checked(file: Path, own: Words) -> tuple[Sentences, list[str]]:
    """Return the sentences of an operator's file, and what is wrong with it."""
    if _TAG.fullmatch(file.stem) is None:
        return {}, ["the name is no language tag; call it it.toml or pt-BR.toml"]
    try:
        given = _read(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [f"cannot be read as TOML: {error}"]
    return given, [problem for key, text in sorted(given.items()) if (problem := _problem(key, text, own))]


def _problem(key: str, text: str, own: Words) -> str:
    try:
        wanted = gaps(own.text(ENGLISH, key))
    except KeyError:
        return f"{key} is unknown; the keys are those of auth/words/en.toml"
    try:
        found = gaps(text)
    except ValueError as error:
        return f"{key}: {error}"
    if found != wanted:
        return f"{key} has the gaps {_named(found)}, and must have {_named(wanted)}"
    return "" if text.strip() else f"{key} is empty; leave it out to keep the built-in sentence"


def _named(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "none"
