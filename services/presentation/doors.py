"""From verdicts to what a manifest may tell: the book, and the doors readers come in by."""

from collections.abc import Sequence
from datetime import datetime

from auth.auth1 import auth1_services
from auth.auth2 import auth2_probe_service
from auth.decision import Verdict
from auth.pages import door_of, stretches
from auth.policy import Policy
from auth.rules import Rules
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import Urls
from services.asker import Judge
from services.presentation.model import OPEN_DOORS, Access, Book, Detail, Doors


def doors(policy: Policy, verdict: Verdict, urls: Urls) -> Doors:
    """Return the doors of a policy; none for what a complete stranger may read (TH-86).

    They are the same for every reader: a viewer of someone who is let in still needs the way out.
    """
    if verdict.public:
        return OPEN_DOORS
    return Doors(
        restricted=True,
        auth1=auth1_services(policy, urls, typed=True),
        probe=lambda image: auth2_probe_service(policy, urls, image),
        tier=policy.tier,
        text_open=policy.search == "open",
    )


def book(
    row: ObjectRow,
    canvases: Sequence[CanvasRow],
    rules: Rules,
    judge: Judge,
    urls: Urls,
    *,
    when: datetime,
) -> Book:
    """Return an object as verdicts let a manifest show it; that on the whole must not have the manifest `hidden`.

    A page whose manifest is less than its object's is not told: the viewer shows an empty canvas in its place. Where a
    picture lies with somebody else, its address is all that can be kept from a reader: he is told it only if he is let
    in.
    """
    whole = judge(rules, None)
    detail = Detail.FULL if whole.manifest == "full" else Detail.MINIMAL
    known: dict[str, Access] = {}
    others = []
    for stretch in stretches(rules, row.pages) if rules.pages else ():
        if stretch.policy.name not in known:
            verdict = judge(rules, stretch.first)
            own = doors(door_of(rules, stretch.first, when), verdict, urls)
            known[stretch.policy.name] = Access(own, verdict.manifest in {"full", whole.manifest})
        others.append((stretch.first, stretch.last, known[stretch.policy.name]))
    withheld = frozenset(each.n for each in canvases if each.borrowed and not judge(rules, each.n).allowed)
    return Book(row, canvases, urls, doors(rules.policy, whole, urls), detail, others=others, withheld=withheld)
