"""One analysis for indexed words and query words (DESIGN section 1): what a word can be found by.

A profile is named in every pack, with its version and the object's choices, so that a query is always folded as the
words were.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import regex

from lectern.errors import PackError
from search import stems
from search.folding import BINDERS, CORE, INVISIBLE, fold, lowered, strip_outer

__all__ = ["DEFAULT", "FOLDS", "Profile", "Token", "chosen", "fold", "profile_of", "strip_outer", "tokens"]

_PART = regex.compile(rf"{CORE}+", regex.VERSION1)
# Scripts written without spaces: one token per grapheme cluster (DESIGN section 2).
SPACELESS = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Bopomofo}ー々〆]"
)
_CLUSTER = regex.compile(r"\X")
# What an object may choose to have counted as the same, beside what always is.
FOLDS = {"uv": str.maketrans("v", "u"), "ij": str.maketrans("j", "i")}
_SAID = ("profile", "profile_version", "fold", "stem", "stemmer")  # what headers say of a profile
STEM_SIGN = "~"  # begins the term of a stem; no other term begins with a sign


def is_spaceless(text: str) -> bool:
    """Return whether something of a text belongs to a script that is written without spaces."""
    return not text.isascii() and SPACELESS.search(text) is not None


@dataclass(frozen=True, slots=True)
class Token:
    """What one place in a text can be found by.

    `surface` is the folded whole, `parts` the folded parts of a compound (`l'homme`: l, homme), `closed` the
    compound written as one word. `printed` is the whole as it stands, without outer punctuation. `start` and
    `end` are its characters' place in the word that it was cut from.
    """

    surface: str
    printed: str
    parts: tuple[str, ...]
    printed_parts: tuple[str, ...]
    closed: str
    start: int
    end: int

    @property
    def elements(self) -> tuple[str, ...]:
        """Return what a phrase is made of: the parts of a hyphenated compound, the whole of any other word.

        `d'etat` is not "d etat": the d of `d'armer` before `l'Etat` would do.
        """
        return self.parts if self.parts_are_words else (self.surface,)

    @property
    def printed_elements(self) -> tuple[str, ...]:
        """Return the same as they are printed."""
        return self.printed_parts if self.parts_are_words else (self.printed,)

    @property
    def parts_are_words(self) -> bool:
        """Return whether the parts may as well be printed as words of their own."""
        return bool(self.closed) and "'" not in self.surface and '"' not in self.surface

    @property
    def whole(self) -> str:
        """Return the one word that it is, as printed; empty for what is several (`and/or`)."""
        return "".join(self.printed_parts) if self.closed else "" if self.parts else self.printed


@dataclass(frozen=True, slots=True)
class Profile:
    """How an object's words are folded. `version` changes when the same text would give other terms.

    `folds` are the object's choices of FOLDS, `stems` the languages (BCP 47) whose stems it is found by too.
    """

    name: str
    version: int
    folds: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()

    def fold(self, text: str) -> str:
        """Return the text as words of this profile are compared."""
        return self._chosen(fold(text))

    def tokens(self, word: str) -> tuple[Token, ...]:
        """Return the tokens of one printed word under this profile."""
        found = tokens(word)
        return found if not self.folds else tuple(map(self._folded, found))

    def stem_terms(self, printed: str) -> frozenset[str]:
        """Return the terms of a printed word's stems: by its letters with their marks, and without.

        So a word that is asked for without its marks meets the same word with them. None for scripts without spaces.
        """
        if not self.stems or not printed or SPACELESS.search(printed):
            return frozenset()
        words = {lowered(printed), fold(printed)}
        return frozenset(
            f"{STEM_SIGN}{language}:{self.fold(stems.stem(word, language))}"
            for language in self.stems
            for word in words
        )

    def header(self) -> dict[str, Any]:
        """Return what a pack says of it: all that folding a query needs."""
        said: dict[str, Any] = {"profile": self.name, "profile_version": self.version}
        if self.folds:
            said["fold"] = list(self.folds)
        if self.stems:
            said |= {"stem": list(self.stems), "stemmer": stems.release()}
        return said

    def is_of(self, header: Mapping[str, Any]) -> bool:
        """Return whether a pack with such a header was made with this profile, by the same stemmer."""
        return {key: header[key] for key in _SAID if key in header} == self.header()

    def _chosen(self, folded: str) -> str:
        for name in self.folds:
            folded = folded.translate(FOLDS[name])
        return folded

    def _folded(self, token: Token) -> Token:
        same = self._chosen
        return replace(
            token, surface=same(token.surface), parts=tuple(map(same, token.parts)), closed=same(token.closed)
        )


DEFAULT = Profile("default", 2)


def profile_of(header: Mapping[str, Any]) -> Profile:
    """Return the profile by what a pack says of it; raises PackError if this release cannot fold as it did."""
    wanted = chosen(header)
    if not wanted.is_of(header):
        raise PackError(f"The index was built with the analysis {described(header)}.", "Run `lectern reindex`.")
    return wanted


def profile_mark(header: Mapping[str, Any]) -> str:
    """Return what a pack says of its analysis as one text, by which documents in a cluster name it."""
    return json.dumps({key: header[key] for key in _SAID if key in header}, separators=(",", ":"))


def described(header: Mapping[str, Any]) -> str:
    """Return what a pack says of its analysis in one line."""
    said = ((key, header[key]) for key in _SAID if key in header)
    return " ".join(" ".join((key, *value)) if isinstance(value, list) else str(value) for key, value in said)


def chosen(
    header: Mapping[str, Any], folds: Iterable[str] | None = None, languages: Iterable[str] | None = None
) -> Profile:
    """Return the newest profile with the choices asked for; with None those of a pack, whichever release wrote it."""
    kept = header.get("fold", ()) if folds is None else folds
    stemmed = header.get("stem", ()) if languages is None else languages
    return replace(
        DEFAULT,
        folds=tuple(sorted(set(kept) & FOLDS.keys())),
        stems=tuple(sorted(set(stemmed) & stems.LANGUAGES.keys())),
    )


@lru_cache(maxsize=8192)
def tokens(word: str) -> tuple[Token, ...]:
    """Return the tokens of one printed word: none for mere punctuation, one as a rule, more without spaces."""
    if word.isascii() and word.isalpha():
        return (Token(word.lower(), word, (), (), "", 0, len(word)),)
    if SPACELESS.search(word) is None:
        token = _token(word, 0, len(word))
        return () if token is None else (token,)
    return tuple(token for start, end in _runs(word) if (token := _token(word, start, end)) is not None)


def _runs(word: str) -> list[tuple[int, int]]:
    """Return the places of grapheme clusters of a script without spaces, and of the runs between them."""
    runs: list[tuple[int, int]] = []
    plain = None
    for match in _CLUSTER.finditer(word):
        if SPACELESS.search(match.group()):
            if plain is not None:
                runs.append((plain, match.start()))
                plain = None
            runs.append(match.span())
        elif plain is None:
            plain = match.start()
    if plain is not None:
        runs.append((plain, len(word)))
    return runs


def _token(word: str, start: int, end: int) -> Token | None:
    """Return the token of a stretch of a word, None if nothing in it can be searched."""
    printed = strip_outer(word[start:end])
    surface = fold(printed)
    if not surface:
        return None
    if printed.isalpha() and BINDERS.isdisjoint(printed):
        return Token(surface, printed, (), (), "", start, end)
    pieces = _PART.findall(INVISIBLE.sub("", printed))  # a soft hyphen inside a word parts nothing
    pieces = [piece for piece in pieces if fold(piece)]
    parts = tuple(map(fold, pieces))
    if len(parts) < 2:  # an apostrophe or a soft hyphen that folds away leaves one part: no compound
        return Token(surface, printed, (), (), "", start, end)
    between = set(_PART.sub("", printed))
    closed = "".join(parts) if between <= BINDERS else ""
    return Token(surface, printed, parts, tuple(pieces), closed, start, end)
