"""Answers of Content Search 2.0."""

from collections.abc import Sequence
from typing import Any

from search.answer import Annotation, Answer, HitText
from search.content_search import Request, Scope
from search.terms import Term

CONTEXT = "http://iiif.io/api/search/2/context.json"


def search_response(answer: Answer, request: Request, scope: Scope, *, with_text: bool = True) -> dict[str, Any]:
    """Return an AnnotationPage, extended with contextualizing annotations (CS2-20 to CS2-47).

    Without text (`search = "boxes"`) it has the boxes alone: `value` is empty and no match is described.
    """
    ids = [scope.annotation(annotation) for annotation in answer.annotations]
    own = scope.url(request, request.page.begin if answer.previous is not None else None)
    document: dict[str, Any] = {"@context": CONTEXT, "id": own, "type": "AnnotationPage"}
    if answer.paged:
        document["partOf"] = _collection(answer, request, scope)
    if answer.previous is not None:
        document["prev"] = _page(scope.url(request, answer.previous))
    if answer.following is not None:
        document["next"] = _page(scope.url(request, answer.following))
    document["startIndex"] = answer.start_index
    if request.ignored:
        document["ignored"] = list(request.ignored)
    document["items"] = [
        _item(annotation, name, scope, with_text) for annotation, name in zip(answer.annotations, ids, strict=True)
    ]
    if answer.hits and with_text:
        document["annotations"] = [_matches(answer, answer.hits, ids, own, scope.url(request))]
    return document


def _page(url: str) -> dict[str, str]:
    return {"id": url, "type": "AnnotationPage"}


def _collection(answer: Answer, request: Request, scope: Scope) -> dict[str, Any]:
    return {
        "id": f"{scope.url(request)}#all",
        "type": "AnnotationCollection",
        "total": answer.total_annotations,
        "first": _page(scope.url(request)),
        "last": _page(scope.url(request, answer.last)),
    }


def _item(annotation: Annotation, name: str, scope: Scope, with_text: bool) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": annotation.text if with_text else "", "format": "text/plain"}
    if annotation.language and with_text:
        body["language"] = annotation.language
    return {
        "id": name,
        "type": "Annotation",
        "motivation": "supplementing" if annotation.remark is None else _one_or_all(annotation.remark.motivations),
        "body": body,
        "target": scope.target(annotation),
    } | _made(annotation)


def _made(annotation: Annotation) -> dict[str, Any]:
    """Return by whom and when an annotation beside the OCR was made, where it says so."""
    remark = annotation.remark
    if remark is None:
        return {}
    who = {"creator": _one_or_all(remark.creators)} if remark.creators else {}
    return who | ({"created": remark.created} if remark.created else {})


def _one_or_all(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _matches(answer: Answer, hits: Sequence[HitText], ids: Sequence[str], own: str, first: str) -> dict[str, Any]:
    """Return the inner page: a match annotation for every hit of this page (CS2-40 to CS2-47)."""
    return {
        "id": f"{own}#matches",
        "type": "AnnotationPage",
        "partOf": {"id": f"{first}#all-matches", "type": "AnnotationCollection", "total": answer.total_hits},
        "items": [_match(hit, n, answer, ids, own) for n, hit in enumerate(hits, 1)],
    }


def _match(hit: HitText, n: int, answer: Answer, ids: Sequence[str], own: str) -> dict[str, Any]:
    targets = []
    for place in hit.annotations:
        exact = hit.match if hit.inside else answer.annotations[place].text
        selector = {"type": "TextQuoteSelector", "exact": exact}
        if place == hit.annotations[0] and hit.before:
            selector["prefix"] = hit.before
        if place == hit.annotations[-1] and hit.after:
            selector["suffix"] = hit.after
        targets.append({"type": "SpecificResource", "source": ids[place], "selector": [selector]})
    return {
        "id": f"{own}#match-{answer.start_index + n}",
        "type": "Annotation",
        "motivation": "highlighting" if hit.inside else "contextualizing",
        "target": targets[0] if len(targets) == 1 else targets,
    }


def terms_response(terms: Sequence[Term], request: Request, scope: Scope, service: str) -> dict[str, Any]:
    """Return a TermPage (CS2-61 to CS2-69); every `value` works as `q` as it stands, so no term has a service."""
    own = Scope(service, scope.text)
    document: dict[str, Any] = {"@context": CONTEXT, "id": own.url(request), "type": "TermPage"}
    if request.ignored:
        document["ignored"] = list(request.ignored)
    document["items"] = [{"value": term.printed, "total": term.count} for term in terms]
    return document
