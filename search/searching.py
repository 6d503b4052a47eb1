"""The two questions a reader asks: where does this stand, and which words begin like this."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import NamedTuple

from search import paging
from search.analysis import Profile
from search.answer import Annotation, Answer, Cursor, Cut, HitText, Suggestions
from search.beside import FoundBoth, all_beside, hits_beside, open_to
from search.engine import Query
from search.evaluator import Hit, Known, Readable, evaluate
from search.filters import EVERYTHING, Filters
from search.findings import Finding, Found, FoundHits, FoundLines, Subject
from search.library import BesideHandle, PackHandle
from search.printed import Printed
from search.query import parse
from search.quoting import CONTEXT
from search.ranking import by_rank
from search.rows import spans_of
from search.spans import Run, Spans
from search.suggesting import suggestions
from search.syntax import Node, is_cut, patterns, terms, wanted
from search.writing import Writer


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


Have = Callable[[Sequence[tuple[Subject, Sequence[Finding]]]], None]  # told what is about to be shown
_LIMITS = Limits()
_MOST_WRITTEN = 20_000  # findings of one answer, which has whole canvases: no page of print holds as many (TH-83)


def find(
    subjects: Iterable[Subject],
    text: str | None,
    page: Page,
    limits: Limits = _LIMITS,
    *,
    filters: Filters = EVERYTHING,
    most_pages: int | None = None,
    count_annotations: bool = True,
    have: Have | None = None,
) -> Answer:
    """Return what a query finds in objects, or all their lines and annotations when there is none (None or blank).

    The subjects come in the order of their ids; that is the order of the answer too, then that of reading, with the
    text of a canvas before the annotations beside it; or it is by rank. Once the page that is asked for is full and
    more than `most_pages` canvases with findings are counted, no more objects are asked, and the totals are what was
    counted so far (`Answer.exact`); by rank all are asked, for the last may be the best. Not to
    count all annotations, which only Content Search 2 tells, saves a sixth of the time of a phrase. `have` is told
    which pages are about to be shown, of all objects at once. Raises InputError for a ranked page that begins with a
    canvas on which nothing is found.
    """
    asking = _Asking(text, limits, filters)
    page = replace(page, ranked=page.ranked and asking.asks)  # all lines have one rank
    gathered = _gather(subjects, asking, page, most_pages, count_annotations=count_annotations)
    answer = _answer(gathered, page, limits.context, have) if gathered.runs else Answer()
    truncated = gathered.truncated.union(answer.truncated, () if gathered.exact else (Cut.HITS,))
    return replace(answer, hits=answer.hits if asking.asks else None, truncated=tuple(sorted(truncated)))


class Tally(NamedTuple):
    """How much objects have of a query: `hits` by object, of those that have any, in the order they were asked.

    `unasked` is the first object that was not asked any more, None where all were.
    """

    hits: Mapping[str, int]
    unasked: str | None = None
    truncated: frozenset[Cut] = frozenset()


def tally(subjects: Iterable[Subject], text: str, most_pages: int, limits: Limits = _LIMITS) -> Tally:
    """Return how many hits each object has, without writing one; there is a query in the text.

    Once more than `most_pages` canvases with hits are counted, no more objects are asked.
    """
    asking, canvases, truncated = _Asking(text, limits, EVERYTHING), 0, frozenset[Cut]()
    hits: dict[str, int] = {}
    for subject in subjects:
        if canvases > most_pages:
            return Tally(hits, subject.object_id, truncated)
        heard = asking.ask(subject, ranked=False)
        truncated |= heard.truncated
        if heard.found.runs:
            hits[subject.object_id] = sum(run.findings for run in heard.found.runs)
            canvases += len(heard.found.runs)
    return Tally(hits, None, truncated)


class _Heard(NamedTuple):
    """What one object has of a query; `parts` are the pages of each part of it, for the order by rank."""

    found: Found
    parts: Sequence[frozenset[int]] = ()
    truncated: frozenset[Cut] = frozenset()


class _Asking:
    """A query as several objects are asked it: parsed once for each analysis."""

    def __init__(self, text: str | None, limits: Limits, filters: Filters) -> None:
        self._filters = filters
        self._text = text if text and text.strip() else None
        self._limits = limits
        self._trees: dict[Profile, Node] = {}

    @property
    def asks(self) -> bool:
        """Return whether there is a query at all."""
        return self._text is not None

    def ask(self, subject: Subject, *, ranked: bool) -> _Heard:
        """Return all that an object has of it."""
        opened = open_to(subject, self._filters)
        text = self._ask_text(subject, ranked) if self._filters.text else None
        beside = None if opened is None else self._ask_beside(subject, *opened, ranked)
        if text is None or beside is None:
            return text or beside or _Heard(FoundHits(subject, Spans((), subject.handle.tokens)))
        parts = [one | other for one, other in zip(text.parts, beside.parts, strict=True)]
        return _Heard(_together(text.found, beside.found), parts, text.truncated | beside.truncated)

    def _ask_text(self, subject: Subject, ranked: bool) -> _Heard:
        """Return what the text of an object has."""
        tree = self._tree(subject.handle.profile)
        if tree is None:
            return _Heard(FoundLines(subject))
        known, truncated = _known(subject.handle, tree, subject.readable, self._limits, ranked=ranked)
        parts = [_pages_with(part, known) for part in dict.fromkeys(wanted(tree))] if ranked else ()
        return _Heard(FoundHits(subject, spans_of(tree, known)), parts, truncated)

    def _ask_beside(self, subject: Subject, beside: BesideHandle, asked: Readable | None, ranked: bool) -> _Heard:
        """Return what the annotations beside the text of an object have, each of which is a unit of its own."""
        tree = self._tree(beside.profile)
        if tree is None:
            return _Heard(all_beside(subject, beside, asked))
        known, truncated = _known(beside, tree, asked, self._limits, ranked=ranked)
        known = known._replace(apart=True)
        asked_parts = dict.fromkeys(wanted(tree)) if ranked else ()
        parts = [frozenset(hits_beside(subject, beside, evaluate(part, known)).pages) for part in asked_parts]
        return _Heard(hits_beside(subject, beside, evaluate(tree, known)), parts, truncated)

    def _tree(self, profile: Profile) -> Node | None:
        """Return the query under an analysis, None if there is none."""
        if self._text is None:
            return None
        tree = self._trees.get(profile)
        if tree is None:
            tree = self._trees[profile] = parse(self._text, profile)
        return tree


def _together(text: Found, beside: Found) -> Found:
    return FoundBoth(text, beside) if beside.runs else text


def _pages_with(part: Node, known: Known) -> frozenset[int]:
    """Return the readable pages (from 0) that one part of a query is found on, whatever the rest of it asks."""
    runs = spans_of(part, known).runs("")
    return frozenset(page for run in runs for page in range(run.page, run.last_page + 1))


@dataclass(slots=True)
class _Gathered:
    """What was found in all objects: how much on each canvas, and more of those objects that a page is cut from."""

    runs: list[Run] = field(default_factory=list)
    near: dict[str, Found] = field(default_factory=dict)
    parts: dict[str, Sequence[frozenset[int]]] = field(default_factory=dict)
    annotations: int = 0
    before: int = 0  # annotations before the page that is asked for; not known yet where it is ranked
    exact: bool = True
    truncated: set[Cut] = field(default_factory=set)


def _gather(
    subjects: Iterable[Subject], asking: _Asking, page: Page, most_pages: int | None, *, count_annotations: bool
) -> _Gathered:
    gathered, begin = _Gathered(), (None if page.ranked else page.begin) or Cursor("", 1)
    held, enough = 0, False  # `held`: findings from the cursor on
    for subject in subjects:
        if enough:
            gathered.exact = False
            break
        found, parts, truncated = asking.ask(subject, ranked=page.ranked)
        gathered.truncated |= truncated
        if not found.runs:
            continue
        gathered.runs += found.runs
        gathered.parts[subject.object_id] = parts
        count = sum(run.findings for run in found.runs)
        before = _count_before(found, begin)
        gathered.annotations += found.annotations(0, count) if count_annotations else 0
        gathered.before += found.annotations(0, before) if before else 0
        shown = before < count and held < page.size
        if page.ranked or shown:
            gathered.near[subject.object_id] = found
        if most_pages is not None and held >= page.size and not shown and not page.ranked:
            enough = len(gathered.runs) > most_pages
        held += count - before
    return gathered


def _count_before(found: Found, begin: Cursor) -> int:
    """Return how many findings of an object are before a cursor."""
    if found.subject.object_id > begin.object_id:
        return 0
    same = found.subject.object_id == begin.object_id
    return sum(run.findings for run in found.runs if not same or run.page < begin.n - 1)


class _Place(NamedTuple):
    """One page of an answer: the stretches of runs on it, and where the pages around it begin."""

    shown: Sequence[Sequence[Run]]
    before: int  # annotations
    previous: Cursor | None
    following: Cursor | None
    last: Cursor


def _answer(gathered: _Gathered, page: Page, context: int, have: Have | None) -> Answer:
    place = _ranked_place(gathered, page) if page.ranked else _place(gathered, page)
    annotations: list[Annotation] = []
    shown = _bounded(place.shown, _MOST_WRITTEN)
    stretches = [_stretches(gathered.near, runs) for runs in shown]
    if have is not None:
        have([(each.subject, own) for some in stretches for each, own in some])
    written = (_written(some, annotations, context) for some in stretches)
    return Answer(
        hits=list(chain.from_iterable(chain.from_iterable(written))),
        annotations=annotations,
        total_hits=sum(run.findings for run in gathered.runs),
        total_annotations=gathered.annotations,
        start_index=place.before,
        previous=place.previous,
        following=place.following,
        last=place.last if gathered.exact else None,
        truncated=(Cut.CANVAS,) if _count(shown) < _count(place.shown) else (),
        exact=gathered.exact,
    )


def _bounded(shown: Sequence[Sequence[Run]], most: int) -> list[list[Run]]:
    """Return stretches of runs as they are, down to the first so many findings."""
    kept: list[list[Run]] = []
    for runs in shown:
        kept.append([])
        for run in runs:
            findings = min(run.findings, most)
            most -= findings
            if findings:
                kept[-1].append(run._replace(findings=findings))
    return [runs for runs in kept if runs]


def _count(shown: Sequence[Sequence[Run]]) -> int:
    return sum(run.findings for runs in shown for run in runs)


def _place(gathered: _Gathered, page: Page) -> _Place:
    """Return the page that is asked for, in the order of reading."""
    runs = gathered.runs
    begin = paging.place_of(runs, page.begin.object_id, page.begin.n - 1) if page.begin else 0
    earlier, later = paging.cuts(runs[:begin], page.size), [begin + cut for cut in paging.cuts(runs[begin:], page.size)]
    end = later[1] if len(later) > 1 else len(runs)
    return _Place(
        [runs[begin:end]],
        gathered.before,
        _cursor(runs[earlier[-1]]) if earlier else None,
        _cursor(runs[end]) if end < len(runs) else None,
        _cursor(runs[later[-1] if later else earlier[-1]]),
    )


def _ranked_place(gathered: _Gathered, page: Page) -> _Place:
    """Return the page that is asked for, by rank. Raises InputError where nothing is found on its first canvas."""
    groups = by_rank(paging.groups(gathered.runs), gathered.parts)
    begin = paging.group_with(groups, page.begin.object_id, page.begin.n - 1) if page.begin else 0
    cuts = [begin + cut for cut in paging.cuts_between(groups[begin:], page.size)]
    earlier = paging.cuts_between(groups[:begin], page.size)
    end = cuts[1] if len(cuts) > 1 else len(groups)
    return _Place(
        groups[begin:end],
        sum(_annotations(gathered.near, group) for group in groups[:begin]),
        _cursor(groups[earlier[-1]][0]) if earlier else None,
        _cursor(groups[end][0]) if end < len(groups) else None,
        _cursor(groups[cuts[-1]][0]),
    )


def _cursor(run: Run) -> Cursor:
    return Cursor(run.object_id, run.page + 1)


def _stretch(found: Found, runs: Sequence[Run]) -> tuple[int, int]:
    """Return the places (start, stop) of an object's findings that are on some of its runs, which stand in a row."""
    start = sum(run.findings for run in found.runs if run.page < runs[0].page)
    return start, start + sum(run.findings for run in runs)


def _annotations(near: Mapping[str, Found], group: Sequence[Run]) -> int:
    found = near[group[0].object_id]
    return found.annotations(*_stretch(found, group))


def _stretches(near: Mapping[str, Found], runs: Sequence[Run]) -> list[tuple[Found, list[Finding]]]:
    """Return the findings of the runs, object after object."""
    found = ((near[object_id], list(own)) for object_id, own in groupby(runs, key=lambda run: run.object_id))
    return [(each, each.findings(*_stretch(each, own))) for each, own in found]


def _written(
    stretches: Iterable[tuple[Found, list[Finding]]], annotations: list[Annotation], context: int
) -> Iterator[list[HitText]]:
    """Yield the hits of findings, object after object, and add their annotations to the list of the whole answer."""
    for found, findings in stretches:
        yield Writer(found.subject, annotations, context).write_all(findings)


def hits_of(handle: PackHandle, text: str, readable: Readable | None = None, limits: Limits = _LIMITS) -> Sequence[Hit]:
    """Return all hits of a query in one object, in reading order."""
    tree = parse(text, handle.profile)
    known, _ = _known(handle, tree, readable, limits)
    if isinstance(handle, BesideHandle):
        return evaluate(tree, known._replace(apart=True))
    spans = spans_of(tree, known)
    return spans.hits(0, len(spans))


def _known(
    handle: PackHandle, tree: Node, readable: Readable | None, limits: Limits, *, ranked: bool = False
) -> tuple[Known, frozenset[Cut]]:
    """Return what an object tells of a query, and what a limit left out.

    A pattern's words are cut only where every page may be known: which are cut would tell of the others.
    """
    expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
    cut = {Cut.QUERY} if is_cut(tree) else set()
    for pattern, words in expansions.items():
        if readable is None and len(words) > limits.pattern_words:
            expansions[pattern] = frozenset(sorted(words)[: limits.pattern_words])
            cut.add(Cut.PATTERNS)
    query = Query(tree, expansions, readable, around=ranked)
    postings = handle.index.spans(terms(tree).union(*expansions.values()), query)
    printed = Printed(handle)
    return Known(postings, expansions, handle.tokens, readable, printed, printed.have), frozenset(cut)


def suggest(subjects: Iterable[Subject], text: str, minimum: int = 1, *, filters: Filters = EVERYTHING) -> Suggestions:
    """Return up to twenty words that begin like the text, the commonest of them, in alphabetical order (CS1-59).

    The text is one string (CS1-51): with a blank in it nothing begins like it. Counts are of readable pages,
    and of annotations that pass the filters (CS1-52).
    """
    asked = (table for subject in subjects for table in _tables(subject, filters))
    return suggestions(asked, text, minimum, hits_of)


def _tables(subject: Subject, filters: Filters) -> Iterator[tuple[PackHandle, Readable | None]]:
    """Yield the text of an object and the annotations beside it, as far as they are asked, with what may be counted."""
    if filters.text:
        yield subject.handle, subject.readable
    if (opened := open_to(subject, filters)) is not None:
        yield opened
