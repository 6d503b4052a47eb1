"""One search without a server: what `lectern search` prints."""

from typing import Any

from auth.decision import FULL, STRANGER, Reader, Verdict
from auth.pages import decide_page
from auth.policies import Policies
from auth.rules import Rules
from lectern.urls import SearchVersion
from services.context import Context
from services.search.scopes import Place
from services.search.service import Given, SearchService


class Named:
    """Who asks by his name and without a request: the operator (None), `stranger`, or a local user."""

    def __init__(self, context: Context, name: str | None) -> None:
        """Look the user up; raises NotFound for one there is not."""
        self.policies: Policies = context.policies.current()
        self._now = context.clock()
        self._who: Reader | None = None
        if name is not None:
            self._who = STRANGER if name == "stranger" else context.accounts.reader(name)

    def text(self, rules: Rules, n: int | None = None) -> Verdict:
        """Return what he may know of a text: the operator everything."""
        return FULL if self._who is None else decide_page(rules, n, self._who, None, self._now)


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
    asking = Named(context, reader)
    service = SearchService(context, lambda: asking)
    return service.answer(service.ask(version, place, given, suggesting=suggesting)).document
