"""Clauses of a cluster's query language, and how a page's tokens have our terms in them. Pure."""

from collections.abc import Iterable
from typing import Any

import regex

from search.analysis import STEM_SIGN
from search.syntax import Pattern, Shape
from search.tokenizing import Kind
from search.tokenlines import asked

Clause = dict[str, Any]

NOTHING: Clause = {"match_none": {}}
EVERYTHING: Clause = {"match_all": {}}
HEADS: Clause = {"bool": {"filter": [{"term": {"kind": "head"}}, {"term": {"chunk": 0}}]}}  # one of each object
_WORDS = tuple(kind for kind in Kind if kind is not Kind.STEM)
_SURFACE = asked(Kind.SURFACE, "")
_MOST_TERMS = 60_000  # of one clause: the cluster takes 65,536
_FEW_LETTERS = 3


def signed(term: str) -> list[str]:
    """Return how a term may be written in a page's tokens, in whatever way it belongs to one."""
    return [asked(kind, term) for kind in ((Kind.STEM,) if term.startswith(STEM_SIGN) else _WORDS)]


def one_of(field: str, written: Iterable[str]) -> Clause:
    """Return the clause of documents that have one of these terms, as they are written there, in a field."""
    found = list(written)
    return either({"terms": {field: found[i : i + _MOST_TERMS]}} for i in range(0, len(found), _MOST_TERMS))


def either(clauses: Iterable[Clause]) -> Clause:
    """Return the clause of pages that satisfy any of several."""
    found = [clause for clause in clauses if clause != NOTHING]
    if EVERYTHING in found:
        return EVERYTHING
    if not found:
        return NOTHING
    return found[0] if len(found) == 1 else {"bool": {"should": found, "minimum_should_match": 1}}


def every(clauses: Iterable[Clause], without: Iterable[Clause] = ()) -> Clause:
    """Return the clause of pages that satisfy all of some, and none of others."""
    found = [clause for clause in clauses if clause != EVERYTHING]
    excluded = [clause for clause in without if clause != NOTHING]
    if NOTHING in found or EVERYTHING in excluded:
        return NOTHING
    if not excluded and len(found) < 2:
        return found[0] if found else EVERYTHING
    return {"bool": {"filter": found} | ({"must_not": excluded} if excluded else {})}


def count(clause: object) -> int:
    """Return how many clauses there are in a clause."""
    if isinstance(clause, list):
        return sum(map(count, clause))
    if not isinstance(clause, dict):
        return 0
    if "terms" in clause:
        return 1
    return 1 + sum(map(count, clause.values()))


def fitting(node: Pattern, field: str) -> Clause:
    """Return the clause of any surface words that fit a pattern, and perhaps of some that do not."""
    text = asked(Kind.SURFACE, node.text)
    if node.shape is Shape.PREFIX:
        return {"prefix": {field: {"value": text}}}
    if node.shape is Shape.WILDCARD:
        return {"regexp": {field: {"value": _expression(node.text), "flags": "NONE"}}}
    fuzzy: Clause = {
        "fuzzy": {
            field: {
                "value": text,
                "fuzziness": node.distance,
                "prefix_length": 1,  # the sign
                "transpositions": True,
                "rewrite": "constant_score",
            }
        }
    }
    if len(node.text) > _FEW_LETTERS or node.distance == 1:
        return fuzzy
    # The cluster finds no word that is as many edits away as it has letters.
    return either((fuzzy, {"regexp": {field: {"value": f"{_SURFACE}.{{1,2}}", "flags": "NONE"}}}))


def _expression(text: str) -> str:
    """Return a wildcard as a regular expression of the cluster's.

    A mark `?` after a star is read as another star: an automaton of these grows twofold with each.
    """
    found, star = [_SURFACE], False
    for piece in regex.split(r"([*?])", text):
        star = star or piece == "*"
        if piece == "*" or (piece == "?" and star):
            found.append(".*")
        elif piece == "?":
            found.append("([^%]|%..)")  # a sign that is written as three
        else:
            found.append(regex.sub(r"([^\p{L}\p{N}])", r"\\\1", asked(Kind.SURFACE, piece)[len(_SURFACE) :]))
    return str(regex.sub(r"(\.\*)+", ".*", "".join(found)))
