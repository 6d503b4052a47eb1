"""One search without a server: what `lectern search` prints."""

from typing import Any

from auth.accounts import Accounts
from auth.decision import FULL, STRANGER, Verdict, decide
from lectern.catalogue import ObjectRow
from services.context import Context
from services.search.asking import Place
from services.search.service import SearchService


def answer(context: Context, object_id: str, query: str, version: int, reader: str | None) -> dict[str, Any]:
    """Return the document of a search: unfiltered (None), as `stranger`, or as a local user.

    Raises NotFound for an unknown object or user.
    """

    def judge(row: ObjectRow) -> Verdict:
        if reader is None:
            return FULL
        who = STRANGER if reader == "stranger" else Accounts(context.state).reader(reader)
        return decide(context.policies.current().get(row.policy), who, None, context.clock())

    service = SearchService(context, judge)
    return service.answer(service.ask(version, Place(object_id), [("q", query)])).document
