"""The annotations beside the text of a canvas, as documents of both versions of the Presentation API."""

from collections.abc import Sequence

from lectern.urls import PresentationVersion
from search.answer import Annotation
from search.beside import annotation_of, open_to
from search.content_search import Scope
from search.content_search1 import resource
from search.content_search2 import item
from search.evaluator import Readable
from search.filters import Filters
from search.findings import Subject
from search.library import PackHandle
from services.context import Context
from services.presentation import manifest2, manifest3
from services.presentation.model import Json


def about(object_id: str, n: int, handle: PackHandle, readable: Readable) -> list[Annotation]:
    """Return the annotations about canvas `n` (from 1) that may be known: all their canvases are readable.

    `readable(page)` says of a page (from 0) whether its text may be known in full, as in a search.
    """
    opened = open_to(Subject(object_id, handle, readable), Filters())
    if opened is None:
        return []
    beside, asked = opened
    places = beside.places.get(n - 1, ())
    return [annotation_of(object_id, beside, place) for place in places if asked is None or asked(place)]


def canvases_with(n: int, handle: PackHandle) -> set[int]:
    """Return all canvases (from 1) that the annotations about canvas `n` are about, whoever may know these."""
    beside = handle.beside
    places = () if beside is None else beside.places.get(n - 1, ())
    return {target.n for place in places if beside is not None for target in beside.remark(place).targets}


def document(
    object_id: str, n: int, annotations: Sequence[Annotation], api: PresentationVersion, context: Context
) -> Json:
    """Return the annotations of canvas `n` as an AnnotationPage (PR3-21 to PR3-25) or AnnotationList (PR2-03 to -06).

    Ids, motivations and targets are those of an answer of Content Search. An annotation about several canvases names
    them all; one that names a canvas which is gone meanwhile is left out.
    """
    urls = context.urls
    wanted = {target.n for annotation in annotations for target in annotation.targets}
    canvases = {
        (object_id, row.n): (urls.absolute(row.canvas), row.width, row.height)
        for row in context.catalogue.canvases(object_id, wanted)
    }
    shown = [each for each in annotations if all((object_id, target.n) in canvases for target in each.targets)]
    own = urls.remarks(object_id, n, api)
    scope = Scope(own, lambda name, place: urls.remarks(name, place, api), canvases, base=urls.base)
    ids = scope.ids(shown)
    write = item if api == 3 else resource
    written = [write(annotation, name, scope, True) for annotation, name in zip(shown, ids, strict=True)]
    if api == 3:
        return {"@context": manifest3.CONTEXT, "id": own, "type": "AnnotationPage", "items": written}
    return {"@context": manifest2.CONTEXT, "@id": own, "@type": "sc:AnnotationList", "resources": written}
