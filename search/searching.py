"""The two questions a reader asks of one object: where does this stand, and which words begin like this."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.analysis import strip_outer
from search.answer import Answer, hits_answer, lines_answer
from search.evaluator import Hit, Known, Readable, evaluate
from search.library import PackHandle
from search.query import parse
from search.syntax import patterns, terms
from search.terms import Term
from search.tokenizing import Kind

_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of an answer is asked for: the canvas it begins with (from 1), and about how many hits it has."""

    canvas: int = 1
    size: int = 500


def find(handle: PackHandle, text: str | None, page: Page, readable: Readable | None = None) -> Answer:
    """Return the hits of a query in one object, or all its lines when there is no query (None or blank).

    `readable(page)` says of a page (from 0) whether the reader may know its words; None is "all of them".
    """
    if not text or not text.strip():
        return lines_answer(handle, readable, page.canvas, page.size)
    return hits_answer(handle, hits_of(handle, text, readable), page.canvas, page.size)


def hits_of(handle: PackHandle, text: str, readable: Readable | None = None) -> list[Hit]:
    """Return all hits of a query in one object, in reading order."""
    tree = parse(text, handle.profile)
    expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
    postings = handle.index.spans(terms(tree).union(*expansions.values()))
    return evaluate(tree, Known(postings, expansions, handle.tokens, readable))


def suggest(handle: PackHandle, text: str, minimum: int = 1, readable: Readable | None = None) -> Sequence[Term]:
    """Return up to twenty words that begin like the text, the commonest of them, in alphabetical order (CS1-59).

    The text is one string (CS1-51): with a blank in it nothing begins like it. Counts are of readable pages.
    """
    prefix = handle.profile.fold(strip_outer(text.strip()))
    found = [term for term in handle.terms.starting_with(prefix) if term.count >= minimum]
    if readable is not None:
        found = _counted_again(handle, found, minimum, readable)
    commonest = sorted(found, key=lambda term: (-term.count, term.term))[:_SUGGESTIONS]
    return sorted(commonest, key=lambda term: term.term)


def _counted_again(handle: PackHandle, found: list[Term], minimum: int, readable: Readable) -> list[Term]:
    """Return the terms with their counts over readable pages only, those that are left."""
    page_of = handle.tokens.page_of_token
    counted = []
    for term, occurrences in handle.index.spans(term.term for term in found).items():
        positions = [p for o in occurrences if o.kind is Kind.SURFACE for p in o.positions]
        counted.append((term, sum(1 for p in positions if readable(page_of(p)))))
    printed = {term.term: term.printed for term in found}
    return [Term(term, printed[term], count) for term, count in counted if count >= max(1, minimum)]
