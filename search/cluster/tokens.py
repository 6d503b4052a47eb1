"""The tokens of pages as documents pack them: for each page its terms, with where they stand, to be looked up in place.

A packed page is compressed text. Its first line is the page's seam; each line after it is a term and, for every way in
which it belongs to tokens, the sign of that Kind and the positions on the page, ascending: `light =3 17;?40`.
"""

import re
import zlib
from array import array
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock

from lectern.errors import PackError
from lectern.noted import looked_up_all, watch
from search.analysis import STEM_SIGN
from search.engine import Occurrences
from search.tokenizing import Kind
from search.tokenlines import NOTHING, sign

DEFAULT_BYTES = 128 << 20  # some 40,000 pages of print
_ENTRY = 300  # bytes of a page in the cache beside its text
_LEVEL = 1  # little is gained by more
_MOST_TEXT = 64 << 20  # bytes of a page's text: what claims to be more is none of ours
_FEW = 24  # terms that are looked for one by one; of more, all that are there are read first
_KEYS = re.compile(rb"\n([^ \n]+) ")
_WORDS = tuple(kind for kind in Kind if kind is not Kind.STEM)

Key = tuple[str, str, int]  # the key of an object's generation, the part of it, the page (from 0)


def packed(line: str, seam: str) -> str:
    """Return the tokens of one page in order, and its seam, as its document has them."""
    found: dict[str, dict[str, list[int]]] = {}
    for place, token in enumerate(line.split()):
        if token != NOTHING:
            for signed in token.split("|"):
                found.setdefault(_key(signed), {}).setdefault(signed[0], []).append(place)
    lines = (f"{key} {_groups(own)}" for key, own in found.items())
    return b64encode(zlib.compress("\n".join([seam, *lines, ""]).encode(), _LEVEL)).decode()


def _groups(positions: Mapping[str, Sequence[int]]) -> str:
    return ";".join(kind + " ".join(map(str, places)) for kind, places in positions.items())


def _key(signed: str) -> str:
    """Return what the line of a signed term begins with: stems keep their sign, so that no word is one."""
    return signed if signed[0] == STEM_SIGN else signed[1:]


class PageTokens:
    """Where terms stand on one page."""

    __slots__ = ("_text",)

    def __init__(self, packed_tokens: str) -> None:
        """Take what a document has; raises PackError for what is none."""
        try:
            reading = zlib.decompressobj()
            # Values that come beside a document have no padding; more than there must be does no harm.
            self._text = reading.decompress(b64decode(packed_tokens + "=="), _MOST_TEXT)
        except (ValueError, zlib.error) as error:
            raise _spoilt() from error
        if not reading.eof or not self._text.endswith(b"\n"):
            raise _spoilt()

    @property
    def seam(self) -> list[str]:
        """Return the tokens before the page, `^`, and those behind it."""
        return self._text[: self._text.index(b"\n")].decode().split()

    @property
    def size(self) -> int:
        """Return about how many bytes of memory it takes."""
        return len(self._text) + _ENTRY

    def of(self, keys: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield of some terms, as lines begin with them, each that is on the page with the rest of its line."""
        text = self._text
        for key in keys if len(keys) <= _FEW else keys.intersection(_KEYS.findall(text)):
            begin = text.find(b"\n%b " % key)
            if begin >= 0:
                begin += len(key) + 2
                yield key, text[begin : text.index(b"\n", begin)]


def _spoilt() -> PackError:
    return PackError("The cluster has a page whose tokens are spoilt.", "`lectern reindex` loads its object anew.")


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
    keys = {term: _key(signs[0][1]).encode() for term, signs in written.items()}
    found = _positions(frozenset(keys.values()), pages, page_tokens)
    return {
        term: [Occurrences(kind, there) for kind, signed in signs if (there := found.get((keys[term], ord(signed[0]))))]
        for term, signs in written.items()
    }


def _positions(
    keys: frozenset[bytes], pages: Mapping[int, PageTokens], page_tokens: Sequence[int]
) -> dict[tuple[bytes, int], "array[int]"]:
    """Return the positions of terms in the object, by what their lines begin with and the sign of the Kind."""
    found: dict[tuple[bytes, int], array[int]] = {}
    for page in sorted(pages):
        begin = page_tokens[page]
        for key, groups in pages[page].of(keys):
            for group in groups.split(b";"):
                place = key, group[0]
                positions = found.get(place)
                if positions is None:
                    positions = found[place] = array("I")
                positions.extend([begin + int(each) for each in group[1:].split()])
    return found


class TokenCache:
    """The tokens of the pages asked about last, of any number of objects, up to so many bytes. Safe for threads."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._pages: OrderedDict[Key, PageTokens] = OrderedDict()
        self._lock = Lock()
        watch("tokens", self)

    def known(self, key: str, part: str, pages: Iterable[int]) -> dict[int, PageTokens]:
        """Return those pages of an object (from 0) that are here."""
        found, asked = {}, 0
        with self._lock:
            for page in pages:
                asked += 1
                place = key, part, page
                kept = self._pages.get(place)
                if kept is not None:
                    self._pages.move_to_end(place)
                    found[page] = kept
        looked_up_all("tokens", len(found), asked - len(found))
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
                    self._pages[place] = tokens
                    self._bytes += tokens.size
            while self._bytes > self._most and self._pages:
                _, tokens = self._pages.popitem(last=False)
                self._bytes -= tokens.size

    def __len__(self) -> int:
        return len(self._pages)
