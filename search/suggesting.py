"""Which words begin like a text, and how often each is found by a search for it (CS1-60)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from search.analysis import is_spaceless
from search.answer import Cut, Suggestions
from search.evaluator import Readable
from search.folding import strip_outer
from search.library import PackHandle
from search.sifting import Search, segments_of_pages, words_of_pages
from search.terms import Term, TermTable

_SUGGESTIONS = 20
_MOST_KEPT = 5000  # counts of an object that are remembered

_Asked = tuple[PackHandle, Readable | None]  # what is asked, and what tells of its pages (from 0) which may be known


@dataclass(slots=True)
class _Gathered:
    """The words of all objects. `partly`: tables that told their commonest words only, with these."""

    terms: dict[str, Term] = field(default_factory=dict)
    holders: dict[str, list[_Asked]] = field(default_factory=dict)  # of words that are counted anew
    partly: list[tuple[_Asked, TermTable, frozenset[str]]] = field(default_factory=list)

    def add(self, asked: _Asked, text: str, search: Search) -> None:
        """Take in the words of an object that begin like a text."""
        table, prefix = _table_for(asked[0], text)
        told = list(_told(asked, table, prefix, search))
        for term in told:
            known = self.terms.get(term.term)
            self.terms[term.term] = term if known is None else replace(known, count=known.count + term.count)
            if _is_counted_anew(known or term):
                self.holders.setdefault(term.term, []).append(asked)
        if asked[1] is None and not table.lists_all(prefix):
            self.partly.append((asked, table, frozenset(term.term for term in told)))

    def counted(self, term: Term, search: Search) -> Term:
        """Return a word with the count of all objects, those among whose commonest words it is not as well."""
        rest = [(asked, table.count(term.term)) for asked, table, told in self.partly if term.term not in told]
        if not _is_counted_anew(term):
            more = sum(count for _, count in rest)
            return replace(term, count=term.count + more) if more else term
        holders = self.holders[term.term] + [asked for asked, count in rest if count]
        return replace(term, count=sum(_searched(asked, term.printed, search) for asked in holders))


def suggestions(asked: Iterable[_Asked], text: str, minimum: int, search: Search) -> Suggestions:
    """Return up to twenty words that begin like the text, the commonest of them, in alphabetical order (CS1-59).

    Counts are of readable pages, and what `search` finds for the word as it is suggested.
    """
    gathered = _Gathered()
    for each in asked:
        gathered.add(each, text, search)
    commonest = sorted(gathered.terms.values(), key=_commonest_first)[: _SUGGESTIONS + 1]
    counted = sorted((gathered.counted(term, search) for term in commonest), key=_commonest_first)
    enough = [term for term in counted if term.count >= max(1, minimum)]
    cut = (Cut.TERMS,) if len(enough) > _SUGGESTIONS else ()
    return Suggestions(sorted(enough[:_SUGGESTIONS], key=lambda term: term.term), cut)


def _commonest_first(term: Term) -> tuple[int, str]:
    return -term.count, term.term


def _table_for(handle: PackHandle, text: str) -> tuple[TermTable, str]:
    """Return where words that begin like a text stand, and the text as they do."""
    prefix = handle.profile.fold(strip_outer(text.strip()))
    return (handle.segments if is_spaceless(prefix) else handle.terms), prefix


def _told(asked: _Asked, table: TermTable, prefix: str, search: Search) -> Iterable[Term]:
    handle, readable = asked
    if readable is None:
        return table.starting_with(prefix)
    # What is common on some pages need not be among the object's commonest words.
    found = list(table.every_one_with(prefix))
    if is_spaceless(prefix):
        return segments_of_pages(handle, found, readable, search)
    return words_of_pages(handle, found, readable)


def _is_counted_anew(term: Term) -> bool:
    """Return whether a search for a word asks for more than one token: a plain word's count is known."""
    return not term.printed.isalnum() or is_spaceless(term.printed)


def _searched(asked: _Asked, printed: str, search: Search) -> int:
    """Return how many hits a search for a word has."""
    handle, readable = asked
    if readable is not None:
        return len(search(handle, printed, readable))
    counts = handle.counts
    count = counts.get(printed)
    if count is None:
        if len(counts) >= _MOST_KEPT:
            counts.clear()
        count = counts[printed] = len(search(handle, printed, None))
    return count
