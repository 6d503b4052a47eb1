"""Objects with search and paging, and what became of every page of one: its ledger."""

from collections.abc import Sequence

from flask import Response, request

from ingest.underway import find_under_way
from lectern.catalogue import LedgerEntry, PageState, no_such_object
from lectern.ids import object_id as make_object_id
from services.admin.showing import number, page, pager
from services.context import Context
from services.operators import PAGE

_OBJECTS, _PAGES, _ENTRIES = 50, 100, 200
_LONGEST = 200  # letters of a search
_STATES = ("read", "empty", "no-text", "failed")


class Holdings:
    """The views of what is on the shelf, and what is not though somebody tried."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self) -> Response:
        """Answer with 50 objects: all, those with a text in their id or label, those with failures."""
        text, failing = request.args.get("q", "").strip()[:_LONGEST], request.args.get("show") == "failing"
        survey, at = self._context.catalogue.survey, number("page")
        count = survey.count(text, failing=failing)
        lines = survey.page(text, failing=failing, start=(at - 1) * _OBJECTS, most=_OBJECTS)
        parameters = {"q": text, "show": "failing" if failing else ""}
        return page(
            self._context,
            "objects.html",
            lines=lines,
            count=count,
            q=text,
            failing=failing,
            pager=pager(f"{PAGE}/objects", at, count, _OBJECTS, parameters),
        )

    def one(self, object_id: str) -> Response:
        """Answer with an object's ledger, 100 pages at a time; raises NotFound for one that nobody ever ingested."""
        catalogue, name = self._context.catalogue, make_object_id(object_id)
        row, entries = catalogue.find(name, newest=True), [entry for _, entry in catalogue.ledger(name)]
        going = find_under_way(self._context.home, name)
        if row is None and not entries and going is None:
            raise no_such_object(object_id)
        pages, at = catalogue.pages(name), number("page")
        states: list[str] = [each.state for each in pages]
        counts = {each: states.count(each) for each in _STATES}
        state = request.args.get("state", "")
        chosen = [each for each in pages if state not in _STATES or each.state == state]
        shown = chosen[(at - 1) * _PAGES : at * _PAGES]
        told, beside = _by_page(entries, pages)
        policies = self._context.policies.current()
        return page(
            self._context,
            "object.html",
            object_id=name,
            row=row,
            rules=policies.rules(name, row.policy) if row else None,
            going=going,
            counts={each: count for each, count in counts.items() if count},
            state=state if state in _STATES else "",
            shown=[(each, told.get(each.name, [])) for each in shown],
            entries=beside[:_ENTRIES],
            more=max(0, len(beside) - _ENTRIES),
            pager=pager(f"{PAGE}/objects/{name}", at, len(chosen), _PAGES, {"state": state}),
        )


def _by_page(
    entries: Sequence[LedgerEntry], pages: Sequence[PageState]
) -> tuple[dict[str, list[LedgerEntry]], list[LedgerEntry]]:
    """Return the entries of the ledger by the page they are of, and those of the object or of pages without a state."""
    found: dict[str, list[LedgerEntry]] = {each.name: [] for each in pages}
    beside: list[LedgerEntry] = []
    for entry in entries:
        (found.get(entry.page, beside) if entry.page is not None else beside).append(entry)
    return found, beside
