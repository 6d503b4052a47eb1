"""The query language: what a reader types, read into a tree of our own (DESIGN sections 1 and 3).

Words are joined by AND, a quoted phrase stands for words in a row. Whatever is not well-formed (a lone quote)
is read as plain words. Nothing of the text reaches an engine but folded terms.
"""

from dataclasses import dataclass

import regex

from search.analysis import Profile, Token

_PIECE = regex.compile(r'"([^"]*)"|([^\s"]+)|"')
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "＂": '"'})
_MOST_JOINED = 3  # words of a phrase that may stand as one printed word
_MOST_ELEMENTS = 200


@dataclass(frozen=True, slots=True)
class Sequence:
    """Words in a row, and the ways they may be printed.

    A lattice: an edge (i, j, terms) holds the terms of which one token may stand for elements i to j-1. A plain
    word is one edge. The joins are here (`alpha numeric` is also tried as `alphanumeric`), and so are compounds
    (`well-known` is one token, or two).
    """

    length: int
    edges: tuple[tuple[int, int, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of these on one page."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """A query without a single letter or digit: it finds nothing."""


Node = Sequence | And | Nothing


def parse(text: str, profile: Profile) -> Node:
    """Return the tree of a query under the profile that its object was indexed with."""
    children: list[Node] = []
    for quoted, plain in _pieces(text):
        found = [token for word in (quoted or plain).split() for token in profile.tokens(word)]
        if found:
            children.append(_sequence(found[:_MOST_ELEMENTS]))
    # Saying a word twice asks for no more than saying it once.
    children = list(dict.fromkeys(children))
    if not children:
        return Nothing()
    return children[0] if len(children) == 1 else And(tuple(children))


def _pieces(text: str) -> list[tuple[str, str]]:
    """Return (quoted, plain) pieces of a query, one of each pair empty; a quote without its partner is dropped."""
    return [m.groups("") for m in _PIECE.finditer(text.translate(_QUOTES)) if m.group() != '"']


def lone_words(text: str) -> list[str]:
    """Return the words that a query asks for by themselves: all but those of phrases of two words or more."""
    pieces = ((quoted or plain).split() for quoted, plain in _pieces(text))
    return [words[0] for words in pieces if len(words) == 1]


def _sequence(found: list[Token]) -> Sequence:
    """Return the lattice of tokens in a row."""
    edges: dict[tuple[int, int], set[str]] = {}
    elements: list[str] = []
    for token in found:
        start = len(elements)
        elements += token.elements
        edges.setdefault((start, len(elements)), set()).add(token.surface)
        if token.closed:
            edges[start, len(elements)].add(token.closed)
    for i, element in enumerate(elements):
        edges.setdefault((i, i + 1), set()).add(element)
        for j in range(i + 2, min(i + _MOST_JOINED, len(elements)) + 1):
            edges.setdefault((i, j), set()).add("".join(elements[i:j]))
    return Sequence(len(elements), tuple((i, j, frozenset(terms)) for (i, j), terms in sorted(edges.items())))


def terms(node: Node) -> frozenset[str]:
    """Return every term that a tree asks an engine for."""
    if isinstance(node, Sequence):
        return frozenset().union(*(edge[2] for edge in node.edges))
    if isinstance(node, And):
        return frozenset().union(*(terms(child) for child in node.children))
    return frozenset()
