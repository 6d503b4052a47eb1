"""From a verdict to what a manifest may tell: the book, and the doors readers come in by."""

from collections.abc import Sequence

from auth.auth1 import auth1_services
from auth.auth2 import auth2_probe_service
from auth.decision import Verdict
from auth.policy import Policy
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import Urls
from services.presentation.model import OPEN_DOORS, Book, Detail, Doors


def doors(policy: Policy, verdict: Verdict, urls: Urls) -> Doors:
    """Return the doors of a policy; none for an object that a complete stranger may read (TH-86).

    They are the same for every reader: a viewer of someone who is let in still needs the way out.
    """
    if verdict.public:
        return OPEN_DOORS
    return Doors(
        restricted=True,
        auth1=auth1_services(policy, urls, typed=True),
        probe=lambda image: auth2_probe_service(policy, urls, image),
        tier=policy.tier,
    )


def book(row: ObjectRow, canvases: Sequence[CanvasRow], policy: Policy, verdict: Verdict, urls: Urls) -> Book:
    """Return an object as this verdict lets a manifest show it; the verdict's manifest must not be `hidden`."""
    detail = Detail.FULL if verdict.manifest == "full" else Detail.MINIMAL
    return Book(row, canvases, urls, doors(policy, verdict, urls), detail)
