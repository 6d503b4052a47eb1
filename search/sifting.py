"""Which of the words searched are those of a scope's pages (a canvas, a range), in what form, and how often.

The table of words is made of all pages that are searched. Of those out of the scope it would tell that a word is one,
how it is mostly printed there, and that it is printed at all where only its stem or a half of it is in it (TH-81).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from search.engine import Occurrences, Query
from search.evaluator import Hit, Readable, pages_of
from search.library import PackHandle
from search.printed import Printed
from search.segments import segmented
from search.terms import Term
from search.tokenizing import Kind

Search = Callable[[PackHandle, str, Readable | None], Sequence[Hit]]

_LOOKED_AT = 20  # occurrences whose printed forms are compared, and pages that are parted into words


def words_of_pages(handle: PackHandle, found: Sequence[Term], readable: Readable) -> Iterator[Term]:
    """Yield those terms that are words of readable pages, with their form and count on these."""
    printed, table = Printed(handle), handle.tokens
    scope = Query(readable=readable)
    own = handle.index.spans(frozenset(term.term for term in found), scope)

    def known(places: Iterable[int]) -> list[int]:
        return [place for place in places if all(map(readable, pages_of(place, place, table)))]

    standing: list[tuple[Term, frozenset[str]]] = []
    places = {term: known(_surface(own[term.term]))[:_LOOKED_AT] for term in found}
    printed.have(place for some in places.values() for place in some)
    for term, some in places.items():
        if some:
            form = _commonest(term.term, (form for place in some for form in printed(place)), handle)
            standing.append((replace(term, printed=form), handle.profile.stem_terms(form)))
    stems = handle.index.spans(frozenset().union(*(terms for _, terms in standing)), scope)
    for term, terms in standing:
        searched = [own[term.term], *(stems[stem] for stem in terms)]
        yield replace(term, count=len(known({p for each in searched for one in each for p in one.positions})))


def _surface(occurrences: Iterable[Occurrences]) -> list[int]:
    """Return in order where a term stands as a word of its own."""
    return sorted({place for each in occurrences if each.kind is Kind.SURFACE for place in each.positions})


def segments_of_pages(handle: PackHandle, found: Iterable[Term], readable: Readable, search: Search) -> Iterator[Term]:
    """Yield those words of scripts without spaces that a dictionary finds on readable pages, as `words_of_pages`."""

    @cache
    def segments(page: int) -> Sequence[tuple[str, str]]:
        return list(segmented(handle.page(page + 1).texts, handle.profile))

    for term in found:
        hits = search(handle, term.printed, readable)
        pages = list(dict.fromkeys(handle.tokens.page_of_token(hit.first) for hit in hits))[:_LOOKED_AT]
        handle.have(pages)
        forms = Counter(form for page in pages for word, form in segments(page) if word == term.term)
        if forms:
            yield replace(term, printed=_most(forms), count=len(hits))


def _commonest(term: str, printed: Iterable[str], handle: PackHandle) -> str:
    """Return the form that is there most often of those that count as the term."""
    forms = Counter(form for form in printed if handle.profile.fold(form) == term)
    return _most(forms) if forms else term


def _most(forms: Counter[str]) -> str:
    return max(forms.items(), key=lambda item: (item[1], item[0]))[0]
