"""The tokens of pages as they come from a cluster: each page turned over once, so that a word is looked up in it."""

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from sys import getsizeof, intern
from threading import Lock

from lectern.noted import looked_up, watch
from search.analysis import STEM_SIGN
from search.engine import Occurrences
from search.tokenizing import Kind
from search.tokenlines import NOTHING, sign

DEFAULT_BYTES = 128 << 20  # some 8,000 pages of print
_ENTRY = 60  # bytes of a word in a page, whose letters all pages share
_ALONE = tuple((place,) for place in range(4096))  # where a word stands that is there once, as most are
_WORDS = tuple(kind for kind in Kind if kind is not Kind.STEM)

PageTokens = Mapping[str, Sequence[int]]  # for each signed term of a page the positions on it, ascending
Key = tuple[str, str, int]  # the key of an object's generation, the part of it, the page (from 0)


def turned_over(line: str) -> PageTokens:
    """Return where each signed term stands, of the tokens of one page in order."""
    found: dict[str, Sequence[int]] = {}
    several: dict[str, list[int]] = {}
    for place, token in enumerate(line.split()):
        if token == NOTHING:
            continue
        for term in (token,) if "|" not in token else token.split("|"):
            known = several.get(term)
            if known is not None:
                known.append(place)
            elif term in found:
                several[term] = [*found[term], place]
            else:
                found[intern(term)] = _ALONE[place] if place < len(_ALONE) else (place,)
    found |= {term: tuple(places) for term, places in several.items()}
    return found


def signs_of(term: str, kinds: Iterable[Kind] = _WORDS) -> list[tuple[Kind, str]]:
    """Return the ways in which a term may belong to tokens, and how it is written in each; a stem is only a stem."""
    return [(kind, sign(kind, term)) for kind in ((Kind.STEM,) if term.startswith(STEM_SIGN) else kinds)]


def occurrences(
    exact: Iterable[str], surface: Iterable[str], pages: Mapping[int, PageTokens], page_tokens: Sequence[int]
) -> dict[str, list[Occurrences]]:
    """Return where terms stand on some pages (from 0) of an object; of `surface` terms only where they are words.

    `page_tokens` are the numbers of the pages' first tokens.
    """
    exact = frozenset(exact)
    written = {term: signs_of(term) for term in exact}
    written |= {term: signs_of(term, (Kind.SURFACE,)) for term in surface if term not in exact}
    positions: dict[str, array[int]] = {}
    wanted = frozenset(signed for signs in written.values() for _, signed in signs)
    for page in sorted(pages):
        tokens, begin = pages[page], page_tokens[page]
        for signed in wanted & tokens.keys():
            found = positions.get(signed)
            if found is None:
                found = positions[signed] = array("I")
            found.extend([begin + place for place in tokens[signed]])
    return {
        term: [Occurrences(kind, positions[signed]) for kind, signed in signs if signed in positions]
        for term, signs in written.items()
    }


class TokenCache:
    """The tokens of the pages asked about last, of any number of objects, up to so many bytes. Safe for threads."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._pages: OrderedDict[Key, tuple[int, PageTokens]] = OrderedDict()
        self._lock = Lock()
        watch("tokens", self)

    def known(self, key: str, part: str, pages: Iterable[int]) -> dict[int, PageTokens]:
        """Return those pages of an object (from 0) that are here."""
        found = {}
        with self._lock:
            for page in pages:
                place = key, part, page
                kept = self._pages.get(place)
                looked_up("tokens", kept)
                if kept is not None:
                    self._pages.move_to_end(place)
                    found[page] = kept[1]
        return found

    def has_all(self, key: str, part: str, pages: Iterable[int]) -> bool:
        """Return whether all these pages of an object (from 0) are here."""
        return all((key, part, page) in self._pages for page in pages)

    def keep(self, key: str, part: str, pages: Mapping[int, PageTokens]) -> None:
        """Keep pages of an object; those that were not asked about for the longest time go."""
        with self._lock:
            for page, tokens in pages.items():
                place = key, part, page
                if place not in self._pages:
                    size = getsizeof(tokens) + _ENTRY * sum(1 for each in tokens.values() if len(each) > 1)
                    self._pages[place] = size, tokens
                    self._bytes += size
            while self._bytes > self._most and self._pages:
                _, (size, _) = self._pages.popitem(last=False)
                self._bytes -= size

    def __len__(self) -> int:
        return len(self._pages)
