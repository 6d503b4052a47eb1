"""The tokens of a page as one line of text, as a cluster indexes it, and as a pack keeps it on its way there.

Tokens are parted by blanks, one for each position of the page in order; the terms of one position are parted by `|`,
each begins with the sign of its Kind; `-` is a position without a term.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import quote, unquote

from lectern.pack import PackFile, Section, numbers
from search.analysis import STEM_SIGN
from search.tokenizing import Kind, Postings, Tokens

SECTION = "tokens"
OFFSETS = "token_offsets"
LONGEST = 500  # UTF-16 units of a term, with its sign, by which the cluster finds it; the line holds all of it
_LEVEL = 1  # they are read once

SIGNS: Mapping[Kind, str] = {
    Kind.SURFACE: "=",
    Kind.VARIANT: "+",
    Kind.FIRST: "<",
    Kind.LAST: ">",
    Kind.ALTERNATIVE: "?",
    Kind.STEM: STEM_SIGN,  # which its terms begin with already
}
NOTHING = "-"
_KINDS = {sign: kind for kind, sign in SIGNS.items()}
_RESERVED = re.compile(r"[\s|%]")


def sign(kind: Kind, term: str) -> str:
    """Return a term as it stands in `t`."""
    plain = term[1:] if kind is Kind.STEM else term
    return SIGNS[kind] + (_RESERVED.sub(_escape, plain) if _RESERVED.search(plain) else plain)


def asked(kind: Kind, term: str) -> str:
    """Return by which word the cluster finds a term: as in `t`, but cut where the cluster cuts."""
    signed = sign(kind, term)
    if len(signed) * 2 <= LONGEST:
        return signed
    return signed.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "replace")


def terms_of(token: str) -> list[tuple[Kind, str]]:
    """Return the terms of one position of `t`."""
    if token == NOTHING:
        return []
    return [_term(each) for each in token.split("|")]


def _term(signed: str) -> tuple[Kind, str]:
    kind = _KINDS[signed[0]]
    plain = unquote(signed[1:]) if "%" in signed else signed[1:]
    return kind, STEM_SIGN + plain if kind is Kind.STEM else plain


def _escape(match: re.Match[str]) -> str:
    return quote(match[0], safe="")


def token_texts(postings: Postings, count: int) -> list[str]:
    """Return what stands in `t` at each of an object's positions."""
    found = [""] * count
    for kind, terms in postings.items():
        for term, positions in terms.items():
            signed = sign(kind, term)
            for position in positions:
                known = found[position]
                found[position] = f"{known}|{signed}" if known else signed
    return [token or NOTHING for token in found]


def line_sections(found: Tokens) -> dict[str, Section]:
    """Return the sections of a pack that hold the tokens of all pages."""
    tokens = token_texts(found.postings, found.count)
    pieces = [zlib.compress(" ".join(tokens[a:b]).encode(), _LEVEL) for a, b in pairwise(found.page_tokens)]
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    return {SECTION: pieces, OFFSETS: numbers(offsets)}


def has_lines(pack: PackFile) -> bool:
    """Return whether a pack has its tokens, as one made for a cluster does."""
    return len(pack.section(OFFSETS)) > 0


def read_lines(pack: PackFile) -> Iterator[str]:
    """Yield the tokens of every page in order."""
    section = pack.section(SECTION)
    for a, b in pairwise(pack.numbers(OFFSETS)):
        yield zlib.decompress(section[a:b]).decode()
