"""Which words of an object begin like a text, and how often each is found by a search for it (CS1-60)."""

from collections.abc import Callable, Iterable, Sized

from search.evaluator import Readable, pages_of
from search.findings import Subject
from search.folding import strip_outer
from search.library import PackHandle
from search.segments import is_spaceless
from search.terms import Term

_MOST_KEPT = 5000  # counts of an object that are remembered

Search = Callable[[PackHandle, str, Readable | None], Sized]


def beginning_like(subject: Subject, text: str) -> Iterable[Term]:
    """Yield the words of an object that begin like a text, with counts that are right but for `is_counted_anew`."""
    handle = subject.handle
    prefix = handle.profile.fold(strip_outer(text.strip()))
    table = handle.segments if is_spaceless(prefix) else handle.terms
    found = table.starting_with(prefix)
    return found if subject.readable is None else _on_readable_pages(handle, list(found), subject.readable)


def count_in(subject: Subject, term: Term, search: Search) -> int:
    """Return how often a search for a suggested word finds it: of compounds and of segmented words it is asked."""
    if not _is_counted_anew(term):
        return term.count
    if subject.readable is not None:
        return len(search(subject.handle, term.printed, subject.readable))
    counts = subject.handle.counts
    count = counts.get(term.printed)
    if count is None:
        if len(counts) >= _MOST_KEPT:
            counts.clear()
        count = counts[term.printed] = len(search(subject.handle, term.printed, None))
    return count


def _is_counted_anew(term: Term) -> bool:
    """Return whether a search for a word asks for more than one token: a plain word's count is known."""
    return not term.printed.isalnum() or is_spaceless(term.printed)


def _on_readable_pages(handle: PackHandle, found: list[Term], readable: Readable) -> list[Term]:
    """Return the terms with their counts over readable pages only."""
    asked = {term: {term.term, *handle.profile.stem_terms(term.printed)} for term in found}
    postings = handle.index.spans(frozenset().union(*asked.values()))
    counted = []
    for term, words in asked.items():
        places = {p for word in words for occurrences in postings[word] for p in occurrences.positions}
        count = sum(all(map(readable, pages_of(p, p, handle.tokens))) for p in places)
        counted.append(Term(term.term, term.printed, count))
    return counted
