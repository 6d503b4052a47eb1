"""A manifest made elsewhere with our search services in it, and nothing else changed."""

from lectern.urls import Urls
from services.presentation import blocks
from services.presentation.model import Json

SEARCH2_CONTEXT = "http://iiif.io/api/search/2/context.json"


def augment(document: Json, object_id: str, urls: Urls) -> Json:
    """Return a copy of a manifest that declares an object's Content Search 1 and 2 (CS1-01 to -07, CS2-01 to -06).

    Ours come first, because viewers take the first search service they know; a manifest's own services stay
    behind them as they are. In Presentation 2 a service carries its own context (PR2-01). Doing it again
    changes nothing.
    """
    ours = blocks.searches(lambda version: urls.search(object_id, version), urls.declared)
    if "type" not in document:
        ours[1] = {"@context": SEARCH2_CONTEXT} | ours[1]
    given = document.get("service")
    others = [] if given is None else given if isinstance(given, list) else [given]
    return document | {"service": [*ours, *(each for each in others if each not in ours)]}
