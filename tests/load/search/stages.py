"""A search in its two parts: finding (how many hits, where, how they are paged) and writing the page that is shown."""

from typing import NamedTuple

from search import paging
from search.answer import Answer
from search.evaluator import Known
from search.findings import Found, FoundHits, Subject
from search.query import parse
from search.rows import spans_of
from search.searching import Page, find
from search.syntax import patterns, terms


class Finding(NamedTuple):
    """All of an answer but its words: the hits as numbers, the totals, and where each page begins."""

    found: Found
    hits: int
    annotations: int
    pages: int


def finding(subject: Subject, text: str, size: int) -> Finding:
    """Return what a query finds in an object, and how it is counted and paged; nothing is written."""
    handle = subject.handle
    tree = parse(text, handle.profile)
    expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
    postings = handle.index.spans(terms(tree).union(*expansions.values()))
    found = FoundHits(subject, spans_of(tree, Known(postings, expansions, handle.tokens, subject.readable)))
    hits = sum(run.findings for run in found.runs)
    return Finding(found, hits, found.annotations(0, hits), len(paging.cuts(found.runs, size)))


def first_page(subject: Subject, text: str, size: int) -> Answer:
    """Return the first page of an answer, with boxes and context: finding it included."""
    return find([subject], text, Page(size=size))


def require_same(subject: Subject, text: str, size: int) -> None:
    """Return if both ways tell the same totals; raises AssertionError: then a measure measures something else."""
    parts, whole = finding(subject, text, size), first_page(subject, text, size)
    told = (whole.total_hits, whole.total_annotations)
    assert (parts.hits, parts.annotations) == told, f"{text!r}: {parts.hits, parts.annotations} and {told}"
