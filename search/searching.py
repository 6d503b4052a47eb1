"""The two questions a reader asks: where does this stand, and which words begin like this."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from search import paging
from search.answer import Annotation, Answer, Cursor
from search.evaluator import Hit, Known, Readable, evaluate
from search.findings import Finding, Subject, finding_of_hit, lines_of
from search.library import PackHandle
from search.printed import Printed
from search.query import parse
from search.suggesting import beginning_like, count_in
from search.syntax import patterns, terms
from search.terms import Term
from search.writing import Writer

_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of an answer is asked for: the canvas it begins with, None for the first; about how many hits."""

    begin: Cursor | None = None
    size: int = 500


def find(subjects: Iterable[Subject], text: str | None, page: Page) -> Answer:
    """Return what a query finds in objects, or all their lines when there is no query (None or blank).

    The order is that of the objects' ids, then of reading.
    """
    asked = {subject.object_id: subject for subject in subjects}
    findings = list(chain.from_iterable(_findings(asked[name], text) for name in sorted(asked)))
    return _answer(asked, findings, page) if findings else Answer()


def _findings(subject: Subject, text: str | None) -> list[Finding]:
    if not text or not text.strip():
        return lines_of(subject)
    return [finding_of_hit(hit, subject) for hit in hits_of(subject.handle, text, subject.readable)]


def _answer(subjects: dict[str, Subject], findings: Sequence[Finding], page: Page) -> Answer:
    starts = paging.cuts(findings, page.size)
    number = paging.page_at(starts, findings, (page.begin.object_id, page.begin.n - 1)) if page.begin else 0
    counts = [_distinct(findings[a:b]) for a, b in pairwise([*starts, len(findings)])]
    shown = findings[starts[number] : (starts[number + 1] if number + 1 < len(starts) else len(findings))]
    firsts = [Cursor(findings[start].object_id, findings[start].first_page + 1) for start in starts]
    annotations: list[Annotation] = []
    writers = {name: Writer(subjects[name], annotations) for name in dict.fromkeys(f.object_id for f in shown)}
    hits = [writers[finding.object_id].write(finding) for finding in shown]
    return Answer(
        annotations=annotations,
        hits=[hit for hit in hits if hit is not None] or None,
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


def hits_of(handle: PackHandle, text: str, readable: Readable | None = None) -> list[Hit]:
    """Return all hits of a query in one object, in reading order."""
    tree = parse(text, handle.profile)
    expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
    postings = handle.index.spans(terms(tree).union(*expansions.values()))
    return evaluate(tree, Known(postings, expansions, handle.tokens, readable, Printed(handle)))


def suggest(subjects: Iterable[Subject], text: str, minimum: int = 1) -> Sequence[Term]:
    """Return up to twenty words that begin like the text, the commonest of them, in alphabetical order (CS1-59).

    The text is one string (CS1-51): with a blank in it nothing begins like it. Counts are of readable pages.
    """
    found: dict[str, Term] = {}
    holders: dict[str, list[tuple[Subject, Term]]] = {}
    for subject in subjects:
        for term in beginning_like(subject, text):
            known = found.get(term.term)
            found[term.term] = term if known is None else Term(term.term, known.printed, known.count + term.count)
            holders.setdefault(term.term, []).append((subject, term))
    enough = [term for term in found.values() if term.count >= max(1, minimum)]
    commonest = sorted(enough, key=lambda term: (-term.count, term.term))[:_SUGGESTIONS]
    counted = [replace(term, count=sum(count_in(*held, hits_of) for held in holders[term.term])) for term in commonest]
    return sorted((term for term in counted if term.count >= max(1, minimum)), key=lambda term: term.term)
