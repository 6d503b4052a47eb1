"""What is said of an object beyond its row: plain values in every language, and their one form as text.

HTML may stand only in summaries and in values of pairs (PR3-07); whoever makes a description has seen to that.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

LanguageMap = Mapping[str, tuple[str, ...]]  # texts by language tag, `none` where the language is not known

NO_LANGUAGE = "none"
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
BEHAVIORS = (
    *("paged", "continuous", "individuals", "unordered"),
    *("auto-advance", "no-auto-advance", "repeat", "no-repeat"),
)
_ONE_OF = (frozenset(BEHAVIORS[:4]), frozenset(BEHAVIORS[4:6]), frozenset(BEHAVIORS[6:]))


@dataclass(frozen=True, slots=True)
class Pair:
    """A label with what stands behind it."""

    label: LanguageMap
    value: LanguageMap


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page for people; `languages` are those it is in, where that is said."""

    id: str
    label: LanguageMap
    format: str = "text/html"
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageService:
    """The image service of a logo: `type` and `profile` as IIIF names them."""

    id: str
    type: str
    profile: str


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that stands for a provider; sides in pixels where they are known."""

    id: str
    format: str = ""
    width: int | None = None
    height: int | None = None
    service: ImageService | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """An institution that gives the object to read; `id` is a URI of it."""

    id: str
    label: LanguageMap
    homepages: tuple[WebPage, ...] = ()
    logos: tuple[Logo, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of an object; empty where nothing is.

    `nav_date` is an instant in UTC as IIIF writes it, `start` the number (from 1) of the page to open first.
    """

    label: LanguageMap = field(default_factory=dict)
    summary: LanguageMap = field(default_factory=dict)
    metadata: tuple[Pair, ...] = ()
    required_statement: Pair | None = None
    providers: tuple[Provider, ...] = ()
    homepages: tuple[WebPage, ...] = ()
    nav_date: str = ""
    behavior: tuple[str, ...] = ()
    start: int | None = None

    def __bool__(self) -> bool:
        """Return whether anything is said."""
        return any(getattr(self, name) for name in self.__slots__)

    def over(self, other: "Description") -> "Description":
        """Return this description with what another says where this one is silent, property by property."""
        return Description(*(getattr(self, name) or getattr(other, name) for name in self.__slots__))

    def text(self) -> str:
        """Return the description as JSON text, the same for the same content; empty if nothing is said."""
        said = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if said else ""


NOTHING_SAID = Description()


def read_description(text: str) -> Description:
    """Return the description that `Description.text` wrote, an empty one for an empty text."""
    if not text:
        return NOTHING_SAID
    said: dict[str, Any] = json.loads(text)
    statement = said.get("required_statement")
    return Description(
        read_map(said.get("label", {})),
        read_map(said.get("summary", {})),
        tuple(_pair(each) for each in said.get("metadata", ())),
        None if statement is None else _pair(statement),
        tuple(_provider(each) for each in said.get("providers", ())),
        tuple(_page(each) for each in said.get("homepages", ())),
        said.get("nav_date", ""),
        tuple(said.get("behavior", ())),
        said.get("start"),
    )


def read_map(found: Mapping[str, Any]) -> LanguageMap:
    """Return a language map from JSON as `Description.text` writes it."""
    return {language: tuple(texts) for language, texts in found.items()}


def first_text(found: LanguageMap) -> str:
    """Return the first text of a language map, which stands for it where there is room for one; empty if none."""
    return next(texts_of(found), "")


def best_language(found: LanguageMap, wanted: Sequence[str]) -> str:
    """Return the tag of a language map that a reader is shown: the first that he wants, else English, else the first.

    `wanted` are tags as a browser sends them, the dearest first. It is what the scripts of our viewers choose
    (`languageOf` in authflow.js), so that one screen has one title. Empty for an empty map.
    """
    tags = list(found)
    by_tag = {tag.casefold(): tag for tag in reversed(tags)}
    by_primary = {tag.casefold().partition("-")[0]: tag for tag in reversed(tags)}
    for each in (*(tag.casefold() for tag in wanted), "en"):
        if tag := by_tag.get(each) or by_primary.get(each.partition("-")[0]):
            return tag
    return next(iter(found), "")


def text_for(found: LanguageMap, wanted: Sequence[str]) -> str:
    """Return the first text of a language map in the language that suits a reader best; empty if there is none."""
    return next(iter(found.get(best_language(found, wanted), ())), "")


def texts_of(found: LanguageMap) -> Iterator[str]:
    """Yield the texts of a language map, language by language."""
    return (text for texts in found.values() for text in texts)


def plain(text: str) -> LanguageMap:
    """Return a text in a language that is not known as a language map, an empty one for an empty text."""
    return {NO_LANGUAGE: (text,)} if text else {}


def language_map(value: object) -> LanguageMap:
    """Return what somebody wrote as a text, as a list of texts, or as either by language.

    Raises ValueError, whose words say what is wrong, for anything else, and for a text without a letter.
    """
    by_language = value if isinstance(value, dict) else {NO_LANGUAGE: value}
    found: dict[str, tuple[str, ...]] = {}
    for language, said in by_language.items():
        texts: list[Any] = said if isinstance(said, list) else [said]
        if language != NO_LANGUAGE and not (isinstance(language, str) and LANGUAGE_TAG.fullmatch(language)):
            raise ValueError(f'{language!r} is no language tag: write "en", "de-AT", or "none" if it is not known')
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError('is neither a text nor texts by language: write "Title" or {"en": "Title", "de": "Titel"}')
        if any(_has_controls(text) for text in texts):
            raise ValueError("has control characters: take them out")
        found[language] = tuple(texts)
    return found


def _has_controls(text: str) -> bool:
    return any((ord(sign) < 32 and sign not in "\n\t") or 0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def contradicting(behavior: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some behaviours that exclude one another, in their order; empty if none do."""
    for group in _ONE_OF:
        told = tuple(each for each in dict.fromkeys(behavior) if each in group)
        if len(told) > 1:
            return told
    return ()


def _pair(found: Mapping[str, Any]) -> Pair:
    return Pair(read_map(found["label"]), read_map(found["value"]))


def _page(found: Mapping[str, Any]) -> WebPage:
    return WebPage(found["id"], read_map(found["label"]), found["format"], tuple(found["languages"]))


def _logo(found: Mapping[str, Any]) -> Logo:
    service = found["service"]
    known = None if service is None else ImageService(**service)
    return Logo(found["id"], found["format"], found["width"], found["height"], known)


def _provider(found: Mapping[str, Any]) -> Provider:
    homepages = tuple(_page(each) for each in found["homepages"])
    return Provider(found["id"], read_map(found["label"]), homepages, tuple(_logo(each) for each in found["logos"]))
