"""The two questions a reader asks: where does this stand, and which words begin like this."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby

from search import paging
from search.analysis import Profile, strip_outer
from search.answer import Annotation, Answer, Cursor, HitText
from search.evaluator import Hit, Known, Readable
from search.findings import Found, FoundHits, FoundLines, Subject
from search.library import PackHandle
from search.query import parse
from search.rows import spans_of
from search.spans import Run
from search.syntax import Node, patterns, terms
from search.terms import Term
from search.tokenizing import Kind
from search.writing import Writer

_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of an answer is asked for: the canvas it begins with, None for the first; about how many hits."""

    begin: Cursor | None = None
    size: int = 500


def find(subjects: Iterable[Subject], text: str | None, page: Page, most_pages: int | None = None) -> Answer:
    """Return what a query finds in objects, or all their lines when there is no query (None or blank).

    The subjects come in the order of their ids; that is the order of the answer too, then that of reading. Once the
    page that is asked for is full and more than `most_pages` canvases with findings are counted, no more objects are
    asked, and the totals are what was counted so far (`Answer.exact`).
    """
    gathered = _gather(subjects, _Asking(text), page, most_pages)
    return _answer(gathered, page) if gathered.runs else Answer()


class _Asking:
    """A query as several objects are asked it: parsed once for each analysis."""

    def __init__(self, text: str | None) -> None:
        self._text = text if text and text.strip() else None
        self._trees: dict[Profile, Node] = {}

    def found_in(self, subject: Subject) -> Found:
        """Return all that an object has of it."""
        if self._text is None:
            return FoundLines(subject)
        profile = subject.handle.profile
        tree = self._trees.get(profile)
        if tree is None:
            tree = self._trees[profile] = parse(self._text, profile)
        return FoundHits(subject, spans_of(tree, _known(subject.handle, tree, subject.readable)))


@dataclass(slots=True)
class _Gathered:
    """What was found in all objects: how much on each canvas, and more of those objects that a page is cut from."""

    runs: list[Run] = field(default_factory=list)
    near: dict[str, Found] = field(default_factory=dict)
    annotations: int = 0
    before: int = 0  # annotations before the page that is asked for
    exact: bool = True


def _gather(subjects: Iterable[Subject], asking: _Asking, page: Page, most_pages: int | None) -> _Gathered:
    gathered, begin = _Gathered(), page.begin or Cursor("", 1)
    held, enough = 0, False  # `held`: findings from the cursor on
    for subject in subjects:
        if enough:
            gathered.exact = False
            break
        found = asking.found_in(subject)
        if not found.runs:
            continue
        gathered.runs += found.runs
        count = sum(run.findings for run in found.runs)
        before = _count_before(found, begin)
        gathered.annotations += found.annotations(0, count)
        gathered.before += found.annotations(0, before) if before else 0
        if before < count and held < page.size:
            gathered.near[subject.object_id] = found
        elif most_pages is not None and held >= page.size:
            enough = len(gathered.runs) > most_pages
        held += count - before
    return gathered


def _count_before(found: Found, begin: Cursor) -> int:
    """Return how many findings of an object are before a cursor."""
    if found.subject.object_id > begin.object_id:
        return 0
    same = found.subject.object_id == begin.object_id
    return sum(run.findings for run in found.runs if not same or run.page < begin.n - 1)


def _answer(gathered: _Gathered, page: Page) -> Answer:
    runs = gathered.runs
    begin = paging.place_of(runs, page.begin.object_id, page.begin.n - 1) if page.begin else 0
    earlier, later = paging.cuts(runs[:begin], page.size), [begin + cut for cut in paging.cuts(runs[begin:], page.size)]
    end = later[1] if len(later) > 1 else len(runs)
    annotations: list[Annotation] = []
    hits = list(chain.from_iterable(_written(gathered.near, runs[begin:end], annotations)))
    firsts = {cut: Cursor(runs[cut].object_id, runs[cut].page + 1) for cut in (*earlier[-1:], *later[1:2], *later[-1:])}
    last = later[-1] if later else earlier[-1]
    return Answer(
        annotations=annotations,
        hits=hits or None,
        total_hits=sum(run.findings for run in runs),
        total_annotations=gathered.annotations,
        start_index=gathered.before,
        previous=firsts[earlier[-1]] if earlier else None,
        following=firsts[end] if end < len(runs) else None,
        last=firsts[last] if gathered.exact else None,
        exact=gathered.exact,
    )


def _written(near: Mapping[str, Found], runs: Sequence[Run], annotations: list[Annotation]) -> Iterator[list[HitText]]:
    """Yield the hits of the runs, object after object, and add their annotations to the list of the whole answer."""
    for object_id, own in groupby(runs, key=lambda run: run.object_id):
        shown = list(own)
        found = near[object_id]
        start = sum(run.findings for run in found.runs if run.page < shown[0].page)
        writer = Writer(found.subject, annotations)
        written = map(writer.write, found.findings(start, start + sum(run.findings for run in shown)))
        yield [hit for hit in written if hit is not None]


def hits_of(handle: PackHandle, text: str, readable: Readable | None = None) -> Sequence[Hit]:
    """Return all hits of a query in one object, in reading order."""
    tree = parse(text, handle.profile)
    spans = spans_of(tree, _known(handle, tree, readable))
    return spans.hits(0, len(spans))


def _known(handle: PackHandle, tree: Node, readable: Readable | None) -> Known:
    expansions = {pattern: handle.expand(pattern) for pattern in patterns(tree)}
    postings = handle.index.spans(terms(tree).union(*expansions.values()))
    return Known(postings, expansions, handle.tokens, readable)


def suggest(subjects: Iterable[Subject], text: str, minimum: int = 1) -> Sequence[Term]:
    """Return up to twenty words that begin like the text, the commonest of them, in alphabetical order (CS1-59).

    The text is one string (CS1-51): with a blank in it nothing begins like it. Counts are of readable pages.
    """
    found: dict[str, Term] = {}
    for term in chain.from_iterable(_beginning_like(subject, text) for subject in subjects):
        known = found.get(term.term)
        found[term.term] = term if known is None else Term(term.term, known.printed, known.count + term.count)
    enough = [term for term in found.values() if term.count >= max(1, minimum)]
    commonest = sorted(enough, key=lambda term: (-term.count, term.term))[:_SUGGESTIONS]
    return sorted(commonest, key=lambda term: term.term)


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
