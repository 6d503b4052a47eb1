"""The hits of one object as plain numbers, made into hits only where they are shown: a common word has thousands.

The hits of a phrase (or of a single word, or a pattern) are of one width, so a list of first tokens says it all. Hits
of several widths are such rows side by side. Any other query is evaluated into hits as always; all look alike from
outside.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from search.evaluator import BOTH, Hit, Lit, pages_of
from search.marks import Mark, marks_of_hit
from search.tokentable import TokenTable


class Run(NamedTuple):
    """How many findings begin on one page (from 0) of an object; one of them touches `last_page`, none a later one."""

    object_id: str
    page: int
    last_page: int
    findings: int


class Spans:
    """Hits of any shape, in reading order."""

    def __init__(self, hits: Sequence[Hit], table: TokenTable) -> None:
        self._hits = hits
        self._table = table

    def __len__(self) -> int:
        return len(self._hits)

    def hits(self, start: int, stop: int) -> Sequence[Hit]:
        """Return some of the hits, by their places."""
        return self._hits[start:stop]

    def runs(self, object_id: str) -> list[Run]:
        """Return how many hits begin on each page, in order; pages without any are left out."""
        counts: dict[int, list[int]] = {}
        for hit in self._hits:
            pages = pages_of(hit.first, hit.last, self._table)
            run = counts.setdefault(pages[0], [pages[-1], 0])
            run[0] = max(run[0], pages[-1])
            run[1] += 1
        return [Run(object_id, page, last, count) for page, (last, count) in sorted(counts.items())]

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the hits have: those that light the same words share theirs."""
        table, hits = self._table, self.hits(start, stop)
        if all(hit.first == hit.last and table.is_plain(hit.first) for hit in hits):
            return len(hits)
        return len({mark for hit in hits for mark in marks_of_hit(hit, table)})


class RowSpans(Spans):
    """Hits that are all `width` tokens long, by their first tokens.

    `first_lit` and `last_lit` tell what is lit of those first and last tokens that are not lit whole.
    """

    def __init__(
        self,
        firsts: Sequence[int],
        width: int,
        table: TokenTable,
        first_lit: Mapping[int, Lit] | None = None,
        last_lit: Mapping[int, Lit] | None = None,
    ) -> None:
        super().__init__((), table)
        self.firsts = firsts
        self.width = width
        self.first_lit = first_lit or {}
        self.last_lit = last_lit or {}

    def __len__(self) -> int:
        return len(self.firsts)

    def hits(self, start: int, stop: int) -> Sequence[Hit]:
        """Return some of the hits, by their places."""
        more, first_lit, last_lit = self.width - 1, self.first_lit, self.last_lit
        return [Hit(p, p + more, first_lit.get(p, BOTH), last_lit.get(p + more, BOTH)) for p in self.firsts[start:stop]]

    def runs(self, object_id: str) -> list[Run]:
        """Return how many hits begin on each page, in order; pages without any are left out."""
        firsts, bounds, more = self.firsts, self._table.page_tokens, self.width - 1
        table, found = self._table, []
        place, page = 0, -1
        while place < len(firsts):
            token, page = firsts[place], page + 1
            if not bounds[page] <= token < bounds[page + 1]:  # a common word is mostly on the next page too
                page = table.page_of_token(token)
            border = bounds[page + 1]
            stop = bisect_left(firsts, border, place)
            last = firsts[stop - 1] + more
            last_page = page if last < border else table.last_page_of_token(last)
            found.append(Run(object_id, page, last_page, stop - place))
            place = stop
        return self._with_crossing(found)

    def _with_crossing(self, runs: list[Run]) -> list[Run]:
        """Return the runs with those longer that a hit makes longer whose last token is split by a page end."""
        more = self.width - 1
        for token, last_page in self._table.crossing:
            if self.place(token - more) is None:
                continue
            i = bisect_left(runs, self._table.page_of_token(token - more), key=lambda run: run.page)
            runs[i] = runs[i]._replace(last_page=max(runs[i].last_page, last_page))
        return runs

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the hits have.

        A hit of whole words on one line has one of its own; only the others can share what they light.
        """
        odd = self.odd_places(start, stop)
        return stop - start - len(odd) + len(self.marks(odd))

    def marks(self, places: Iterable[int]) -> set[Mark]:
        """Return what some of the hits light."""
        return {mark for place in places for mark in marks_of_hit(self.hits(place, place + 1)[0], self._table)}

    def place(self, first: int) -> int | None:
        """Return the place of the hit that begins with a token, or None."""
        place = bisect_left(self.firsts, first)
        return place if place < len(self.firsts) and self.firsts[place] == first else None

    def odd_places(self, start: int, stop: int) -> set[int]:
        """Return the places of those hits that are over a line end, or have a token that is not one whole word."""
        firsts, width = self.firsts, self.width
        begins = self._table.exceptions_within(width).intersection(firsts[start:stop])
        odd = {bisect_left(firsts, first, start, stop) for first in begins}
        if width > 1:
            lines = self._table.over_line_end(firsts[start:stop], width - 1)
            odd.update(start + place for place in lines)
        return odd


class MixedSpans(Spans):
    """Rows of hits of several widths, each width once."""

    def __init__(self, rows: Sequence[RowSpans], table: TokenTable) -> None:
        super().__init__((), table)
        self._rows = {row.width: row for row in rows}

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def hits(self, start: int, stop: int) -> Sequence[Hit]:
        """Return some of the hits, by their places: what is among the first of all is among the first of its row."""
        return sorted(chain.from_iterable(row.hits(0, stop) for row in self._rows.values()))[start:stop]

    def runs(self, object_id: str) -> list[Run]:
        """Return how many hits begin on each page, in order; pages without any are left out."""
        found: dict[int, Run] = {}
        for row in self._rows.values():
            for run in row.runs(object_id):
                other = found.get(run.page)
                if other is None:
                    found[run.page] = run
                    continue
                last_page, findings = max(run.last_page, other.last_page), run.findings + other.findings
                found[run.page] = Run(object_id, run.page, last_page, findings)
        return [found[page] for page in sorted(found)]

    def annotations(self, start: int, stop: int) -> int:
        """Return how many annotations some of the hits have.

        Hits of whole words on one line have each its own; those of the others may be the same as one of these.
        """
        if stop - start < len(self):
            return super().annotations(start, stop)
        odd = {width: row.odd_places(0, len(row)) for width, row in self._rows.items()}
        marks = {mark for width, places in odd.items() for mark in self._rows[width].marks(places)}
        alike = sum(1 for mark in marks if self._is_a_hit(mark, odd))
        return len(self) - sum(map(len, odd.values())) + len(marks) - alike

    def _is_a_hit(self, mark: Mark, odd: Mapping[int, set[int]]) -> bool:
        """Return whether a mark is the only one of a hit of whole words on one line."""
        first, last = self._table.token_of_word(mark.first), self._table.token_of_word(mark.last)
        if first is None or last is None or mark.start or mark.end is not None:
            return False
        row = self._rows.get(last - first + 1)
        place = row.place(first) if row else None
        return place is not None and place not in odd[last - first + 1]
