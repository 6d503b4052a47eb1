"""One analysis for indexed words and query words (DESIGN section 1): what two spellings count as the same.

A profile is named in every pack, with its version, so that a query is always folded as the words were.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

from lectern.errors import PackError

_CORE = r"[\p{L}\p{N}\p{M}]"
_OUTER = regex.compile(rf"^(?:(?!{_CORE}).|\p{{M}})+|(?:(?!{_CORE}).)+$", regex.DOTALL)
_PART = regex.compile(rf"{_CORE}+")
# Marks that only decorate a letter. Marks of Brahmic scripts are letters of their own and stay, and so do the
# two Japanese voicing marks.
_DECORATION = regex.compile(
    r"[[\p{Mn}\p{Me}]&&[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}"
    r"\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Copt}]--[\u3099\u309A]]",
    regex.VERSION1,
)
_INVISIBLE = regex.compile(r"\p{Cf}+")
# Scripts written without spaces: one token per grapheme cluster (DESIGN section 2).
_SPACELESS = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Bopomofo}ー々〆]"
)
_CLUSTER = regex.compile(r"\X")
_BINDERS = frozenset("-‐‑⸗¬=­'’ʼ`´·‧")
_SAME_BINDER = str.maketrans({"‐": "-", "‑": "-", "⸗": "-", "¬": "-", "’": "'", "ʼ": "'", "`": "'", "´": "'"})


@dataclass(frozen=True, slots=True)
class Profile:
    """How an object's words are folded. `version` changes when the same text would give other terms."""

    name: str
    version: int

    def fold(self, text: str) -> str:
        """Return the text as words of this profile are compared."""
        return fold(text)

    def tokens(self, word: str) -> "tuple[Token, ...]":
        """Return the tokens of one printed word under this profile."""
        return tokens(word)


DEFAULT = Profile("default", 1)
_PROFILES = {DEFAULT.name: DEFAULT}


def profile(name: str, version: int) -> Profile:
    """Return a profile by what a pack says of it; raises PackError if this release cannot fold as it did."""
    found = _PROFILES.get(name)
    if found is None or found.version != version:
        raise PackError(f"The index was built with the analysis {name} {version}.", "Run `lectern reindex`.")
    return found


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the text as it is compared: case, decorating marks, long s and final sigma folded.

    Marks go before case folding: folding first would turn U+0345 (iota subscript) into a letter. A ligature
    and a sharp s become the letters they stand for.
    """
    if text.isascii():  # nothing to decompose, to drop or to fold but case: half the words of most books
        return text.translate(_SAME_BINDER).lower()
    bare = _DECORATION.sub("", unicodedata.normalize("NFD", _INVISIBLE.sub("", text)))
    return unicodedata.normalize("NFC", bare.translate(_SAME_BINDER).casefold())


def strip_outer(text: str) -> str:
    """Return the text without the punctuation around it; empty if it is nothing but punctuation."""
    return str(_OUTER.sub("", text))


def is_spaceless(text: str) -> bool:
    """Return whether something of a text belongs to a script that is written without spaces."""
    return _SPACELESS.search(text) is not None


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
        return self.parts if self.closed and "'" not in self.surface else (self.surface,)


@lru_cache(maxsize=8192)
def tokens(word: str) -> tuple[Token, ...]:
    """Return the tokens of one printed word: none for mere punctuation, one as a rule, more without spaces."""
    if word.isascii() and word.isalpha():
        return (Token(word.lower(), word, (), (), "", 0, len(word)),)
    if _SPACELESS.search(word) is None:
        token = _token(word, 0, len(word))
        return () if token is None else (token,)
    return tuple(token for start, end in _runs(word) if (token := _token(word, start, end)) is not None)


def _runs(word: str) -> list[tuple[int, int]]:
    """Return the places of grapheme clusters of a script without spaces, and of the runs between them."""
    runs: list[tuple[int, int]] = []
    plain = None
    for match in _CLUSTER.finditer(word):
        if _SPACELESS.search(match.group()):
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
    if printed.isalpha():
        return Token(surface, printed, (), (), "", start, end)
    pieces = _PART.findall(_INVISIBLE.sub("", printed))  # a soft hyphen inside a word parts nothing
    pieces = [piece for piece in pieces if fold(piece)]
    parts = tuple(map(fold, pieces))
    if len(parts) < 2:  # an apostrophe or a soft hyphen that folds away leaves one part: no compound
        return Token(surface, printed, (), (), "", start, end)
    between = set(_PART.sub("", printed))
    closed = "".join(parts) if between <= _BINDERS else ""
    return Token(surface, printed, parts, tuple(pieces), closed, start, end)
