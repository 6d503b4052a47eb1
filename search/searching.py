"""The two questions a reader asks: where does this stand, and which words begin like this."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import NamedTuple

from search import paging
from search.analysis import strip_outer
from search.answer import Annotation, Answer, Cursor, Cut, Suggestions
from search.evaluator import Hit, Known, Readable, evaluate, pages_with
from search.findings import Finding, Subject, finding_of_hit, lines_of
from search.library import PackHandle
from search.query import parse
from search.quoting import CONTEXT
from search.ranking import by_rank
from search.syntax import Node, is_cut, patterns, terms, wanted
from search.terms import Term
from search.tokenizing import Kind
from search.writing import Writer

_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of an answer is asked for: the canvas it begins with, None for the first; about how many hits.

    `ranked` puts the canvases in the order of `search.ranking` instead of reading.
    """

    begin: Cursor | None = None
    size: int = 500
    ranked: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is told and looked up: characters of context a side, words that a pattern may stand for."""

    context: int = CONTEXT
    pattern_words: int = 10_000


_LIMITS = Limits()


class _Found(NamedTuple):
    """What was found in one object; `parts` are the pages of each part of the query, for the order by rank."""

    findings: list[Finding]
    parts: Sequence[frozenset[int]] = ()
    truncated: frozenset[Cut] = frozenset()


class _Question(NamedTuple):
    """A query as one object understands it, and what its index and pack tell of it."""

    tree: Node
    known: Known
    truncated: frozenset[Cut]


def find(subjects: Iterable[Subject], text: str | None, page: Page, limits: Limits = _LIMITS) -> Answer:
    """Return what a query finds in objects, or all their lines when there is no query (None or blank).

    The order is that of the objects' ids, then of reading; or by rank. Raises InputError for a ranked page that
    begins with a canvas on which nothing is found.
    """
    asked = {subject.object_id: subject for subject in subjects}
    found = {name: _find_in(asked[name], text, page.ranked, limits) for name in sorted(asked)}
    findings = list(chain.from_iterable(one.findings for one in found.values()))
    truncated = tuple(sorted(frozenset().union(*(one.truncated for one in found.values()))))
    if not findings:
        return Answer(hits=() if _asks(text) else None, truncated=truncated)
    begin = (page.begin.object_id, page.begin.n - 1) if page.begin else None
    if page.ranked:
        groups = by_rank(paging.groups(findings), {name: one.parts for name, one in found.items()})
        findings = list(chain.from_iterable(groups))
        starts = paging.cuts_between(groups, page.size)
        number = paging.page_with(starts, findings, begin) if begin else 0
    else:
        starts = paging.cuts(findings, page.size)
        number = paging.page_at(starts, findings, begin) if begin else 0
    answer = _answer(asked, findings, starts, number, limits.context)
    return replace(answer, hits=answer.hits if _asks(text) else None, truncated=truncated)


def _asks(text: str | None) -> bool:
    return bool(text and text.strip())


def _find_in(subject: Subject, text: str | None, ranked: bool, limits: Limits) -> _Found:
    if not text or not text.strip():
        return _Found(lines_of(subject))
    tree, known, truncated = _ask(subject.handle, text, subject.readable, limits)
    findings = [finding_of_hit(hit, subject) for hit in evaluate(tree, known)]
    parts = [pages_with(part, known) for part in dict.fromkeys(wanted(tree))] if ranked else ()
    return _Found(findings, parts, truncated)


def _ask(handle: PackHandle, text: str, readable: Readable | None, limits: Limits) -> _Question:
    """Return the question that a query is to one object.

    A pattern's words are cut only where every page may be known: which are cut would tell of the others.
    """
    tree = parse(text, handle.profile)
    expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
    cut = {Cut.QUERY} if is_cut(tree) else set()
    for pattern, found in expansions.items():
        if readable is None and len(found) > limits.pattern_words:
            expansions[pattern] = frozenset(sorted(found)[: limits.pattern_words])
            cut.add(Cut.PATTERNS)
    postings = handle.index.spans(terms(tree).union(*expansions.values()))
    return _Question(tree, Known(postings, expansions, handle.tokens, readable), frozenset(cut))


def hits_of(handle: PackHandle, text: str, readable: Readable | None = None, limits: Limits = _LIMITS) -> list[Hit]:
    """Return all hits of a query in one object, in reading order."""
    question = _ask(handle, text, readable, limits)
    return evaluate(question.tree, question.known)


def _answer(
    subjects: dict[str, Subject], findings: Sequence[Finding], starts: Sequence[int], number: int, context: int
) -> Answer:
    """Return page `number` (from 0) of the answer that findings make, cut at `starts`."""
    counts = [_distinct(findings[a:b]) for a, b in pairwise([*starts, len(findings)])]
    shown = findings[starts[number] : (starts[number + 1] if number + 1 < len(starts) else len(findings))]
    firsts = [Cursor(findings[start].object_id, findings[start].first_page + 1) for start in starts]
    annotations: list[Annotation] = []
    writers = {name: Writer(subjects[name], annotations, context) for name in dict.fromkeys(f.object_id for f in shown)}
    hits = [writers[finding.object_id].write(finding) for finding in shown]
    return Answer(
        annotations=annotations,
        hits=[hit for hit in hits if hit is not None],
        total_hits=len(findings),
        total_annotations=sum(counts),
        start_index=sum(counts[:number]),
        previous=firsts[number - 1] if number else None,
        following=firsts[number + 1] if number + 1 < len(firsts) else None,
        last=firsts[-1],
    )


def _distinct(findings: Sequence[Finding]) -> int:
    """Return the number of annotations: hits that light the same words share theirs."""
    return len({(finding.object_id, mark) for finding in findings for mark in finding.marks})


def suggest(subjects: Iterable[Subject], text: str, minimum: int = 1) -> Suggestions:
    """Return up to twenty words that begin like the text, the commonest of them, in alphabetical order (CS1-59).

    The text is one string (CS1-51): with a blank in it nothing begins like it. Counts are of readable pages.
    """
    found: dict[str, Term] = {}
    for term in chain.from_iterable(_beginning_like(subject, text) for subject in subjects):
        known = found.get(term.term)
        found[term.term] = term if known is None else Term(term.term, known.printed, known.count + term.count)
    enough = [term for term in found.values() if term.count >= max(1, minimum)]
    commonest = sorted(enough, key=lambda term: (-term.count, term.term))[:_SUGGESTIONS]
    cut = (Cut.TERMS,) if len(enough) > _SUGGESTIONS else ()
    return Suggestions(sorted(commonest, key=lambda term: term.term), cut)


def _beginning_like(subject: Subject, text: str) -> Iterable[Term]:
    prefix = subject.handle.profile.fold(strip_outer(text.strip()))
    found = subject.handle.terms.starting_with(prefix)
    return found if subject.readable is None else _counted_again(subject.handle, list(found), subject.readable)


def _counted_again(handle: PackHandle, found: list[Term], readable: Readable) -> list[Term]:
    """Return the terms with their counts over readable pages only."""
    page_of = handle.tokens.page_of_token
    counted = []
    for term, occurrences in handle.index.spans(term.term for term in found).items():
        positions = [p for o in occurrences if o.kind is Kind.SURFACE for p in o.positions]
        counted.append((term, sum(1 for p in positions if readable(page_of(p)))))
    printed = {term.term: term.printed for term in found}
    return [Term(term, printed[term], count) for term, count in counted]
