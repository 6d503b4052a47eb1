"""Answers of Content Search 1.0, and of 0.9, which differs in a number only (CS0-01)."""

from collections.abc import Sequence
from typing import Any

from search.answer import Annotation, Answer, HitText, Suggestions
from search.content_search import Request, Scope, at_least, made, one_or_all, query_for
from search.motivations import shown
from search.remarks import Remark

PRESENTATION = "http://iiif.io/api/presentation/2/context.json"


def _context(version: int) -> str:
    return f"http://iiif.io/api/search/{version}/context.json"


def search_response(
    answer: Answer, request: Request, scope: Scope, version: int, *, with_text: bool = True
) -> dict[str, Any]:
    """Return an AnnotationList (CS1-30 to CS1-46): with hits, or a simple list of everything if there is no query.

    Without text (`search = "boxes"`) it has the boxes alone: `chars` is empty and there are no hits. The context is
    that of Presentation alone where nothing of Content Search is used (CS1-31).
    """
    hits = answer.hits if with_text else None
    ids = scope.ids(answer.annotations)
    simple = hits is None and not request.ignored
    document: dict[str, Any] = {
        "@context": PRESENTATION if simple else [PRESENTATION, _context(version)],
        "@id": scope.url(request, request.page.begin if answer.previous is not None else None),
        "@type": "sc:AnnotationList",
        "within": _layer(answer, request, scope),
        **({} if answer.start_index is None else {"startIndex": answer.start_index}),
        "resources": [
            resource(annotation, name, scope, with_text)
            for annotation, name in zip(answer.annotations, ids, strict=True)
        ],
    }
    if hits is not None:
        document["hits"] = [_hit(hit, ids) for hit in hits]
    if answer.following is not None:
        document["next"] = scope.url(request, answer.following)
    if answer.previous is not None:
        document["prev"] = scope.url(request, answer.previous)
    return document


def _layer(answer: Answer, request: Request, scope: Scope) -> dict[str, Any]:
    """Return the whole result: its total counts hits (CSX-04), or annotations where there is no query.

    A total that is not exact is not one: then the label says how many there are at least, and there is no `last`.
    """
    layer: dict[str, Any] = {"@id": f"{scope.url(request)}#all", "@type": "sc:Layer"}
    layer |= {"total": answer.total_hits} if answer.exact else {"label": at_least(answer)}
    if request.ignored:
        layer["ignored"] = list(request.ignored)
    if answer.truncated:
        layer["truncated"] = list(answer.truncated)
    if answer.paged:
        layer["first"] = scope.url(request)
        if answer.last is not None:
            layer["last"] = scope.url(request, answer.last)
    return layer


def resource(annotation: Annotation, name: str, scope: Scope, with_text: bool) -> dict[str, Any]:
    """Return one annotation under its id `name` (CS1-34 to CS1-36, CS1-42); without text its `chars` is empty."""
    body = {"@type": "cnt:ContentAsText", "format": "text/plain", "chars": annotation.text if with_text else ""}
    if annotation.language and with_text:
        body["language"] = annotation.language
    document = {
        "@id": name,
        "@type": "oa:Annotation",
        "motivation": "sc:painting" if annotation.remark is None else _motivation(annotation.remark),
        "resource": body,
        "on": _on(annotation, scope),
    }
    return document if annotation.remark is None else document | made(annotation, "dcterms:")


def _motivation(remark: Remark) -> Any:
    return one_or_all([shown(name, 1) for name in remark.motivations])


def _on(annotation: Annotation, scope: Scope) -> Any:
    """Return the target: a plain string, or, where there are several objects, with the manifest it is in (CS1-42).

    Of an annotation about several canvases it is an array of such.
    """
    targets, container = scope.targets(annotation), scope.containers.get(annotation.object_id)
    if container is None:
        return one_or_all(targets)
    manifest = {"@id": container.id, "@type": "sc:Manifest", "label": container.label}
    return one_or_all([{"@id": target, "within": manifest} for target in targets])


def _hit(hit: HitText, ids: Sequence[str]) -> dict[str, Any]:
    """Return a hit: its text for all viewers, and the match's place in its annotation if that is longer (CS1-45)."""
    document: dict[str, Any] = {
        "@type": "search:Hit",
        "annotations": [ids[place] for place in hit.annotations],
        "match": hit.match,
        "before": hit.before,
        "after": hit.after,
    }
    if hit.inside:
        document["selectors"] = [
            {"@type": "oa:TextQuoteSelector", "exact": hit.match, "prefix": hit.before, "suffix": hit.after}
        ]
    return document


def terms_response(found: Suggestions, request: Request, scope: Scope, service: str, version: int) -> dict[str, Any]:
    """Return a TermList (CS1-54 to CS1-60); `service` is the autocomplete service's own URL."""
    own = Scope(service, scope.text)
    document: dict[str, Any] = {
        "@context": _context(version),
        "@id": own.url(request),
        "@type": "search:TermList",
        "terms": [
            {"match": term.printed, "url": scope.query_url(request, query_for(term.printed)), "count": term.count}
            for term in found.terms
        ],
    }
    if request.ignored:
        document["ignored"] = list(request.ignored)
    if found.truncated:
        document["truncated"] = list(found.truncated)
    return document
