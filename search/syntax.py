"""The tree of a query: what was asked, in terms of our own. An engine sees folded words of it, nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from search.analysis import is_spaceless


@dataclass(frozen=True, slots=True)
class Sequence:
    """Words in a row, and the ways they may be printed.

    A lattice: an edge (i, j, terms) holds the terms of which one token may stand for elements i to j-1. A plain
    word is one edge. The joins are here (`alpha numeric` is also tried as `alphanumeric`), and so are compounds
    (`well-known` is one token, or two). `cut` says that more words stood in the row than are looked for.
    """

    length: int
    edges: tuple[tuple[int, int, frozenset[str]], ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """Words in a row, printed in just these letters (`as_printed`); `folded` is what an engine is asked for."""

    words: tuple[str, ...]
    folded: Sequence


class Shape(StrEnum):
    """How a pattern is read."""

    PREFIX = "prefix"
    WILDCARD = "wildcard"
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Any surface word of a shape: that begins with `text`, that fits it (`*`, `?`), or that is `distance` edits away.

    An edit is a letter more, a letter less, another letter, or two neighbours swapped.
    """

    shape: Shape
    text: str
    distance: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """All of these words, in any order, with at most `distance` other words between the first and the last."""

    words: tuple["Sequence | Exact", ...]
    distance: int


@dataclass(frozen=True, slots=True)
class And:
    """All of `children` on one page, and none of `without` on it."""

    children: tuple["Node", ...]
    without: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """A query without a single letter or digit: it finds nothing."""


Node = Sequence | Exact | Pattern | Near | And | Or | Nothing


def leaves(node: Node) -> Iterator[Sequence | Pattern]:
    """Yield what a tree asks an engine for, exclusions included."""
    if isinstance(node, Sequence | Pattern):
        yield node
    elif isinstance(node, Exact):
        yield node.folded
    else:
        for child in _children(node):
            yield from leaves(child)


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Near):
        return node.words
    if isinstance(node, Or):
        return node.children
    return (*node.children, *node.without) if isinstance(node, And) else ()


def wanted(node: Node) -> Iterator[Sequence | Exact | Pattern | Near]:
    """Yield the parts that a tree looks for, exclusions left out."""
    if isinstance(node, Sequence | Exact | Pattern | Near):
        yield node
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from wanted(child)


def is_cut(node: Node) -> bool:
    """Return whether more words stood in the query than are looked for."""
    return any(isinstance(leaf, Sequence) and leaf.cut for leaf in leaves(node))


def is_exact(node: Node) -> bool:
    """Return whether a tree looks anywhere at words as they are printed."""
    return isinstance(node, Exact) or any(map(is_exact, _children(node)))


def terms(node: Node) -> frozenset[str]:
    """Return every exact term that a tree asks for."""
    return frozenset(
        term for leaf in leaves(node) if isinstance(leaf, Sequence) for _, _, found in leaf.edges for term in found
    )


def patterns(node: Node) -> frozenset[Pattern]:
    """Return every pattern that a tree asks for."""
    return frozenset(leaf for leaf in leaves(node) if isinstance(leaf, Pattern))


def loose(node: Node) -> int:
    """Return how many patterns a tree has, and words that are looked for near others: what costs most (TH-83)."""
    if isinstance(node, Near):
        return len(node.words)
    return int(isinstance(node, Pattern)) + sum(map(loose, _children(node)))


def tells_little(node: Node, shortest: int) -> bool:
    """Return whether a query is of whole words of `shortest` letters or more, and of phrases: no operator at all.

    That is what may be asked where only places are told (`search = "boxes"`, DESIGN section 6).
    """
    if isinstance(node, And):
        return not node.without and all(tells_little(child, shortest) for child in node.children)
    if not isinstance(node, Sequence):
        return False
    # One short word stands for several letters too: "b y" finds `by`. Without blanks in print, two signs are a word.
    alone = [term for start, end, found in node.edges if end - start == node.length for term in found]
    return all(len(term) >= shortest or (node.length > 1 and is_spaceless(term)) for term in alone)
