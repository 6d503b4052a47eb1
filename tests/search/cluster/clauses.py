"""What a clause matches, read plainly: page documents as lists of the terms of each token."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from search.cluster.documents import BORDER, END, SEAM, sign
from search.tokenizing import Tokens
from tests.search.plainreader import edits

Row = list[set[str]]


@dataclass
class Document:
    """A page as the cluster has it."""

    t: Row
    seam: Row


def documents(found: Tokens) -> list[Document]:
    """Return the pages of an object as documents."""
    every: Row = [set() for _ in range(found.count)]
    for kind, terms in found.postings.items():
        for term, positions in terms.items():
            for position in positions:
                every[position].add(sign(kind, term))
    return [
        Document([*every[a:b], {END}], [*every[max(0, a - SEAM) : a], {BORDER}, *every[b : b + SEAM]])
        for a, b in pairwise(found.page_tokens)
    ]


def matches(clause: dict[str, Any], page: Document) -> bool:
    """Return whether a page satisfies a clause."""
    (kind, body), *others = clause.items()
    assert not others
    return bool(_KINDS[kind](body, page))


def _bool(body: dict[str, Any], page: Document) -> bool:
    should = body.get("should")
    assert not should or body["minimum_should_match"] == 1
    return (
        all(matches(each, page) for each in body.get("filter", ()))
        and not any(matches(each, page) for each in body.get("must_not", ()))
        and (should is None or any(matches(each, page) for each in should))
    )


def _terms(body: dict[str, list[str]], page: Document) -> bool:
    ((field, wanted),) = body.items()
    return not set(wanted).isdisjoint(*[set().union(*getattr(page, field))])


def _any_term(page: Document, field: str, fits: Callable[[str], bool]) -> bool:
    return any(fits(term) for own in getattr(page, field) for term in own)


def _prefix(body: dict[str, Any], page: Document) -> bool:
    ((field, told),) = body.items()
    return _any_term(page, field, lambda term: term.startswith(told["value"]))


def _regexp(body: dict[str, Any], page: Document) -> bool:
    ((field, told),) = body.items()
    fits = re.compile(told["value"])
    return _any_term(page, field, lambda term: fits.fullmatch(term) is not None)


def _fuzzy(body: dict[str, Any], page: Document) -> bool:
    """Read as Lucene reads it: not as many edits as either word has letters."""
    ((field, told),) = body.items()
    value, most = told["value"], told["fuzziness"]

    def fits(term: str) -> bool:
        apart = edits(value, term)
        return term[:1] == value[:1] and apart <= most and apart < min(len(value), len(term))

    return _any_term(page, field, fits)


def _spans(clause: dict[str, Any], page: Document) -> set[tuple[int, int]]:
    """Return where (start, stop) a span clause matches."""
    ((kind, body),) = clause.items()
    if kind == "span_term":
        ((field, term),) = body.items()
        return {(i, i + 1) for i, own in enumerate(getattr(page, field)) if term in own}
    if kind == "span_or":
        return set().union(*(_spans(each, page) for each in body["clauses"]))
    if kind == "span_first":
        return {(a, b) for a, b in _spans(body["match"], page) if b <= body["end"]}
    assert (kind, body["slop"], body["in_order"]) == ("span_near", 0, True)
    return _in_a_row([_spans(each, page) for each in body["clauses"]])


def _in_a_row(parts: Sequence[set[tuple[int, int]]]) -> set[tuple[int, int]]:
    found = parts[0]
    for part in parts[1:]:
        found = {(a, d) for a, b in found for c, d in part if b == c}
    return found


_KINDS: dict[str, Callable[[Any, Document], object]] = {
    "match_all": lambda _body, _page: True,
    "match_none": lambda _body, _page: False,
    "bool": _bool,
    "terms": _terms,
    "prefix": _prefix,
    "regexp": _regexp,
    "fuzzy": _fuzzy,
    "span_or": lambda body, page: _spans({"span_or": body}, page),
    "span_near": lambda body, page: _spans({"span_near": body}, page),
    "span_first": lambda body, page: _spans({"span_first": body}, page),
}
