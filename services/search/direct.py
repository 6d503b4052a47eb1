"""One search without a server: what `lectern search` prints."""

from typing import Any

from auth.decision import FULL, STRANGER, Verdict
from auth.pages import decide_page
from auth.rules import Rules
from lectern.urls import SearchVersion
from services.context import Context
from services.search.scopes import Place
from services.search.service import Given, SearchService


def answer(
    context: Context,
    place: Place,
    given: Given,
    version: SearchVersion,
    reader: str | None,
    *,
    suggesting: bool = False,
) -> dict[str, Any]:
    """Return the document of a search: unfiltered (None), as `stranger`, or as a local user.

    `given` are the parameters that the URL of the search would have. Raises InputError for such as cannot be read,
    NotFound for an unknown user, object or part of one.
    """

    def judge(rules: Rules, n: int | None) -> Verdict:
        if reader is None:
            return FULL
        who = STRANGER if reader == "stranger" else context.accounts.reader(reader)
        return decide_page(rules, n, who, None, context.clock())

    service = SearchService(context, judge)
    return service.answer(service.ask(version, place, given, suggesting=suggesting)).document
