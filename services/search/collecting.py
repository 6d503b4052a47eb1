"""Search over a collection whose words are in a cluster: candidates by batches, each object judged by its own row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import chain, takewhile
from typing import TypeVar

import structlog

from lectern.catalogue import ObjectRow
from lectern.errors import PackError
from search.answer import Answer, Cut, Suggestions
from search.cluster.clauses import HEADS, NOTHING, Clause, every
from search.cluster.collected import Gathered, Met, Plans, fetch_words, opened, suggesting
from search.cluster.documents import TEXT
from search.cluster.reading import Incomplete
from search.cluster.walking import COUNTED, Clock, Held, Pages, Place
from search.content_search import Request
from search.filters import EVERYTHING
from search.findings import Finding, Subject
from search.library import BesideHandle, PackHandle
from search.parts import Ranges
from search.remarks import PART
from search.searching import Limits, Page, Tally, find, suggest, tally
from search.writing import shown_of
from services.context import Context
from services.search.asking import NONSENSE
from services.search.holdings import Holdings
from services.search.members import Member

_log = structlog.get_logger("lectern.search")
_MOST_SUGGESTING = 300  # objects that are asked for the words they have
_MOST_SPOILT = 5  # objects that are found out to be spoilt while a search is made
_Item = TypeVar("_Item")


class Collecting:
    """One request about one collection; `rows` are those of the objects that its answer may tell of.

    An object that cannot be read is left out, and the answer says that something was. Every method raises
    StoreUnavailable and Overloaded, PackError for an object that is replaced just now.
    """

    def __init__(self, context: Context, pages: Pages, holdings: Holdings, limits: Limits) -> None:
        """Take the stores, the documents of pages in the cluster, and what the reader may search."""
        self._catalogue, self._library, self._pages = context.catalogue, context.library, pages
        self._holdings, self._limits = holdings, limits
        self._clock = Clock(context.settings.search_seconds)
        self._gathered = Gathered(pages, self._clock)
        self._met = 0  # documents
        self._clock.late = holdings.late
        self._last = ""
        self._spoilt: set[str] = set()  # objects
        self.rows: dict[str, ObjectRow] = {member.row.id: member.row for member in holdings.apart}

    def answer(self, request: Request, *, count_annotations: bool) -> Answer:
        """Return what is found; with more to look at than is counted, totals are of what had to be looked at."""
        return self._without_spoilt(lambda: self._answer(request, count_annotations))

    def _answer(self, request: Request, count_annotations: bool) -> Answer:
        self._met = 0
        plans, page = Plans(request.q, request.filters, self._holdings.marks), request.page
        if self._counted(plans.counted) <= COUNTED:
            return self._told(self._found(self._subjects(plans, ranked=page.ranked), request, None, count_annotations))
        if page.ranked and request.q and request.q.strip():
            some = takewhile(lambda _: self._met <= COUNTED, self._subjects(plans, ranked=True))
            found = self._found(some, request, None, count_annotations)
            return self._told(_at_least(found, self._sure(plans)))
        before, from_start = self._before(plans, request)
        begin = page.begin.object_id if page.begin else ""
        subjects = chain(before, self._subjects(plans, begin=begin))
        found = self._found(subjects, request, 0, count_annotations)
        if from_start and found.exact:
            return self._told(found)
        found = found if from_start else replace(found, start_index=None)
        return self._told(_at_least(found, self._sure(plans)))

    def tally(self, q: str, begin: str) -> Tally:
        """Return how many hits each object has, from an object on."""
        return self._without_spoilt(lambda: self._tally(q, begin))

    def _tally(self, q: str, begin: str) -> Tally:
        plans = Plans(q, EVERYTHING, self._holdings.marks)
        found = tally(self._subjects(plans, begin=begin), q, COUNTED, self._limits)
        if not self._clock.late:
            return found
        rest = found.unasked or (self._last if self._clock.over and self._last > begin else None)
        return found._replace(unasked=rest, truncated=found.truncated | {Cut.TIME})

    def suggest(self, request: Request) -> Suggestions:
        """Return the words that begin like the query, of so many objects at most as have any."""
        return self._without_spoilt(lambda: self._suggest(request))

    def _suggest(self, request: Request) -> Suggestions:
        q = request.q or ""
        clause = self._grounded(suggesting(q, self._holdings.marks))
        walked: list[Held] = []
        for batch in self._pages.walk(clause, self._clock, size=_MOST_SUGGESTING + 1):
            walked += batch
            if len(walked) > _MOST_SUGGESTING:
                break
        plans = Plans(None, request.filters, ())
        subjects = self._with_apart(self._judged(walked[:_MOST_SUGGESTING], plans, ranked=False), "")
        found = suggest(subjects, q, request.minimum, filters=request.filters)
        cut = {*found.truncated, *((Cut.TERMS,) if len(walked) > _MOST_SUGGESTING else ())}
        return found._replace(truncated=tuple(sorted(cut | ({Cut.TIME} if self._clock.late else set()))))

    def telling_places(self, most: int) -> list[ObjectRow]:
        """Return the first objects, by label, of which places of words are told and no text; so many at most."""
        ground = self._holdings.places
        if ground is None:
            return []
        walked = self._pages.walk(every((HEADS, ground.clause)), self._clock, size=most + 1)
        found = self._catalogue.some([held.object for held in next(walked, [])])
        return sorted(found.values(), key=lambda row: (row.label.casefold(), row.id))[:most]

    def _without_spoilt(self, make: Callable[[], _Item]) -> _Item:
        """Return what is made of all objects that can be read.

        What was kept here of an object and is spoilt is fetched anew. One that the cluster has not all of, and that is
        not replaced just now, is left out.
        """
        for _ in range(_MOST_SPOILT):
            try:
                return make()
            except Incomplete as error:
                self._leave_out(error.object_id, error)
            except (PackError, *NONSENSE):
                if not self._forgot_spoilt():
                    raise
        return make()

    def _leave_out(self, object_id: str, error: PackError) -> None:
        """Leave an object out that cannot be read; raises what is wrong with it if it is another by now, or gone."""
        row, now = self.rows.get(object_id), self._catalogue.find(object_id, newest=True)
        if row is None or now is None or now.generation != row.generation or object_id in self._spoilt:
            raise error
        self._spoilt.add(object_id)
        self._clock.late = True
        _log.error("object left out of a collection", object=object_id, reason=str(error))

    def _forgot_spoilt(self) -> bool:
        """Return whether any object that was met is spoilt where it is kept here; then it is kept no longer."""
        parts = {member.row.id: member.part for member in self._holdings.apart}
        found = False
        for row in [row for name, row in self.rows.items() if name not in self._spoilt]:
            try:
                self._library.verify(row, parts.get(row.id))
            except PackError:
                found = True
        return found

    def _grounded(self, clause: Clause) -> Clause:
        return every((clause, self._holdings.ground.clause))

    def _counted(self, clause: Clause) -> int:
        clause = self._grounded(clause)
        return 0 if clause == NOTHING else self._pages.count(clause, self._clock)

    def _sure(self, plans: Plans) -> int:
        return 0 if plans.sure is None else self._counted(plans.sure)

    def _found(
        self, subjects: Iterable[Subject], request: Request, most_pages: int | None, count_annotations: bool
    ) -> Answer:
        return find(
            subjects,
            request.q,
            request.page,
            self._limits,
            filters=request.filters,
            most_pages=most_pages,
            count_annotations=count_annotations,
            have=self._have,
        )

    def _have(self, shown: Sequence[tuple[Subject, Sequence[Finding]]]) -> None:
        """Have the words of all objects that are about to be shown, at once."""
        wanted = []
        for subject, findings in shown:
            row = self.rows[subject.object_id]
            for handle, pages in shown_of(subject.handle, findings):
                part = PART if isinstance(handle, BesideHandle) else TEXT
                places = [Place(part, page) for page in handle.lacking(pages)]
                wanted.append((Met(Held(row.id, row.generation), subject.handle, {}), places))
        fetch_words(wanted, self._pages, self._clock)

    def _told(self, found: Answer) -> Answer:
        """Return an answer that says whether there was time to look at everything."""
        if not self._clock.late:
            return found
        truncated = tuple(sorted({*found.truncated, Cut.TIME}))
        return replace(found, exact=False, last=None, truncated=truncated)

    def _before(self, plans: Plans, request: Request) -> tuple[list[Subject], bool]:
        """Return the objects before the one that a page begins in, as many as the page before it takes.

        Tells, too, whether these are all that there are.
        """
        begin = request.page.begin
        if begin is None:
            return [], True
        found: list[Subject] = []
        held, alone = 0, replace(request, page=Page(None, 1))
        apart = [member for member in self._holdings.apart if member.row.id < begin.object_id]
        for batch in self._walk(plans, before=begin.object_id):
            some = self._judged(batch, plans, ranked=False)[::-1]
            first = batch[-1].object if batch else ""
            beside = [member for member in apart if member.row.id >= first]
            apart = apart[: len(apart) - len(beside)]
            both = list(merge(some, self._apart(beside), key=_name))
            found = [*both, *found]
            held += self._found(both, alone, None, count_annotations=False).total_hits
            if held >= request.page.size or self._clock.over:
                return found, False
        return [*self._apart(apart), *found], True

    def _subjects(self, plans: Plans, *, begin: str = "", ranked: bool = False) -> Iterator[Subject]:
        """Yield objects in the order of their ids, from one on."""

        def walked() -> Iterator[Subject]:
            for batch in self._walk(plans, begin=begin):
                self._met += sum(len(held.pages) for held in batch)
                yield from self._judged(batch, plans, ranked=ranked)
                if self._clock.late and self._clock.over:  # then some of the batch may have been left out
                    return

        return self._with_apart(walked(), begin)

    def _walk(self, plans: Plans, *, begin: str = "", before: str = "") -> Iterable[list[Held]]:
        clause = self._grounded(plans.walked)
        if clause == NOTHING:
            return ()
        tokens = self._gathered.lacking if plans.asks else bool
        return self._pages.walk(clause, self._clock, tokens=tokens, words=plans.printed, begin=begin, before=before)

    def _with_apart(self, walked: Iterable[Subject], begin: str) -> Iterator[Subject]:
        apart = self._apart(member for member in self._holdings.apart if member.row.id >= begin)
        for subject in merge(walked, apart, key=_name):
            self._last = subject.object_id
            yield subject

    def _apart(self, members: Iterable[Member]) -> Iterator[Subject]:
        for member in self._in_time(members):
            handle = self._opened(member.row, member.part)
            if handle is not None:
                yield Subject(member.row.id, handle, member.within)

    def _opened(self, row: ObjectRow, part: Ranges | None = None) -> PackHandle | None:
        """Return an object or a part of it, None for one that cannot be read."""
        if row.id in self._spoilt:
            return None
        self.rows[row.id] = row
        try:
            return self._library.open(row, part)
        except PackError as error:
            self._leave_out(row.id, error)
            return None

    def _in_time(self, some: Iterable[_Item]) -> Iterator[_Item]:
        """Yield as many as there is time for, the first in any case: each may have to be fetched."""
        for n, each in enumerate(some):
            if n and self._clock.over:
                self._clock.late = True
                return
            yield each

    def _judged(self, batch: Sequence[Held], plans: Plans, *, ranked: bool) -> list[Subject]:
        """Return those objects that a walk met which their rows say may be told of, opened."""
        rows = self._catalogue.some([held.object for held in batch])
        known = [(held, row) for held in batch if (row := self._row(rows.get(held.object))) is not None]
        self._library.prepare([row for _, row in known])
        handles = {row.id: handle for _, row in self._in_time(known) if (handle := self._opened(row)) is not None}
        known = [(held, row) for held, row in known if row.id in handles]
        # One of another generation is being replaced: what is there of it now is asked for by itself.
        mets = [Met(held, handles[row.id], {}) for held, row in known if held.generation == row.generation]
        found = opened(mets, plans, self._gathered, self._clock, ranked=ranked) if plans.asks else {}
        both = ((row.id, found.get(row.id, handles[row.id])) for _, row in known)
        return [Subject(name, handle) for name, handle in both if handle is not None]

    def _row(self, row: ObjectRow | None) -> ObjectRow | None:
        return row if row is not None and self._holdings.member(row) is not None else None


def _name(subject: Subject) -> str:
    return subject.object_id


def _at_least(found: Answer, sure: int) -> Answer:
    """Return an answer whose totals are what there is at least: on each page that is `sure` there is a hit."""
    truncated = tuple(sorted({*found.truncated, Cut.HITS}))
    total = max(found.total_hits, sure)
    return replace(found, exact=False, last=None, total_hits=total, truncated=truncated)
