"""Answers of Content Search 1.0, and of 0.9, which differs in a number only (CS0-01)."""

from collections.abc import Sequence
from typing import Any

from search.answer import Annotation, Answer, HitText
from search.content_search import Request, Scope
from search.motivations import shown
from search.remarks import Remark
from search.terms import Term

PRESENTATION = "http://iiif.io/api/presentation/2/context.json"


def _context(version: int) -> str:
    return f"http://iiif.io/api/search/{version}/context.json"


def search_response(
    answer: Answer, request: Request, scope: Scope, version: int, *, with_text: bool = True
) -> dict[str, Any]:
    """Return an AnnotationList with hits (CS1-30 to CS1-46).

    Without text (`search = "boxes"`) it has the boxes alone: `chars` is empty and there are no hits.
    """
    hits = answer.hits or ()
    ids = [scope.annotation(annotation) for annotation in answer.annotations]
    document: dict[str, Any] = {
        "@context": [PRESENTATION, _context(version)],
        "@id": scope.url(request, request.page.begin if answer.previous is not None else None),
        "@type": "sc:AnnotationList",
        "within": _layer(answer, request, scope),
        "startIndex": answer.start_index,
        "resources": [
            _resource(annotation, name, scope, with_text)
            for annotation, name in zip(answer.annotations, ids, strict=True)
        ],
        "hits": [_hit(hit, ids) for hit in hits] if with_text else [],
    }
    if answer.following is not None:
        document["next"] = scope.url(request, answer.following)
    if answer.previous is not None:
        document["prev"] = scope.url(request, answer.previous)
    return document


def _layer(answer: Answer, request: Request, scope: Scope) -> dict[str, Any]:
    """Return the whole result: its total counts hits (CSX-04), or annotations where there is no query."""
    layer: dict[str, Any] = {
        "@id": f"{scope.url(request)}#all",
        "@type": "sc:Layer",
        "total": answer.total_hits,
    }
    if request.ignored:
        layer["ignored"] = list(request.ignored)
    if answer.paged:
        layer |= {"first": scope.url(request), "last": scope.url(request, answer.last)}
    return layer


def _resource(annotation: Annotation, name: str, scope: Scope, with_text: bool) -> dict[str, Any]:
    body = {"@type": "cnt:ContentAsText", "format": "text/plain", "chars": annotation.text if with_text else ""}
    if annotation.language and with_text:
        body["language"] = annotation.language
    return {
        "@id": name,
        "@type": "oa:Annotation",
        "motivation": "sc:painting" if annotation.remark is None else _motivation(annotation.remark),
        "resource": body,
        "on": scope.target(annotation),
    } | _made(annotation)


def _motivation(remark: Remark) -> str | list[str]:
    names = [shown(name, 1) for name in remark.motivations]
    return names[0] if len(names) == 1 else names


def _made(annotation: Annotation) -> dict[str, Any]:
    """Return by whom and when an annotation beside the OCR was made, where it says so."""
    remark = annotation.remark
    if remark is None:
        return {}
    who = {"dcterms:creator": remark.creators[0] if len(remark.creators) == 1 else list(remark.creators)}
    return (who if remark.creators else {}) | ({"dcterms:created": remark.created} if remark.created else {})


def _hit(hit: HitText, ids: Sequence[str]) -> dict[str, Any]:
    """Return a hit; viewers show `match` and what is around it, also where a selector says the same (CS1-44, 45)."""
    document: dict[str, Any] = {
        "@type": "search:Hit",
        "annotations": [ids[place] for place in hit.annotations],
        "match": hit.match,
        "before": hit.before,
        "after": hit.after,
    }
    if hit.inside:
        quote = {"exact": hit.match, "prefix": hit.before, "suffix": hit.after}
        document["selectors"] = [{"@type": "oa:TextQuoteSelector", **quote}]
    return document


def terms_response(terms: Sequence[Term], request: Request, scope: Scope, service: str, version: int) -> dict[str, Any]:
    """Return a TermList (CS1-54 to CS1-60); `service` is the autocomplete service's own URL."""
    own = Scope(service, scope.text)
    document: dict[str, Any] = {
        "@context": _context(version),
        "@id": own.url(request),
        "@type": "search:TermList",
        "terms": [
            {"match": term.printed, "url": scope.query_url(request, term.printed), "count": term.count}
            for term in terms
        ],
    }
    if request.ignored:
        document["ignored"] = list(request.ignored)
    return document
