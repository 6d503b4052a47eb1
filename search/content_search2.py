"""Answers of Content Search 2.0."""

from collections.abc import Sequence
from typing import Any

from search.answer import Annotation, Answer, HitText, Suggestions
from search.content_search import Request, Scope, at_least, made, one_or_all, query_for
from search.motivations import TEXT
from search.terms import Term

CONTEXT = "http://iiif.io/api/search/2/context.json"


def search_response(answer: Answer, request: Request, scope: Scope, *, with_text: bool = True) -> dict[str, Any]:
    """Return an AnnotationPage, extended with an annotation for every match (CS2-20 to CS2-47).

    Without text (`search = "boxes"`) it has the boxes alone: `value` is empty and no match is described.
    """
    ids = scope.ids(answer.annotations)
    own = scope.url(request, request.page.begin if answer.previous is not None else None)
    document: dict[str, Any] = {"@context": CONTEXT, "id": own, "type": "AnnotationPage"}
    if answer.paged:
        document["partOf"] = _collection(answer, request, scope)
    if answer.previous is not None:
        document["prev"] = _page(scope.url(request, answer.previous))
    if answer.following is not None:
        document["next"] = _page(scope.url(request, answer.following))
    if answer.start_index is not None:
        document["startIndex"] = answer.start_index
    if request.ignored:
        document["ignored"] = list(request.ignored)
    if answer.truncated:
        document["truncated"] = list(answer.truncated)
    document["items"] = [
        item(annotation, name, scope, with_text) for annotation, name in zip(answer.annotations, ids, strict=True)
    ]
    if answer.hits and with_text:
        document["annotations"] = [_matches(answer, answer.hits, ids, own, scope.url(request))]
    return document


def _page(url: str) -> dict[str, str]:
    return {"id": url, "type": "AnnotationPage"}


def _collection(answer: Answer, request: Request, scope: Scope) -> dict[str, Any]:
    """Return the whole result; where it was not counted to the end, its label says so in place of a total."""
    collection: dict[str, Any] = {"id": f"{scope.url(request)}#all", "type": "AnnotationCollection"}
    collection |= {"total": answer.total_annotations} if answer.exact else {"label": {"en": [at_least(answer)]}}
    collection["first"] = _page(scope.url(request))
    if answer.last is not None:
        collection["last"] = _page(scope.url(request, answer.last))
    return collection


def item(annotation: Annotation, name: str, scope: Scope, with_text: bool) -> dict[str, Any]:
    """Return one annotation under its id `name` (CS2-22, CS2-23, CS2-30); without text its `value` is empty."""
    body = {"type": "TextualBody", "value": annotation.text if with_text else "", "format": "text/plain"}
    if annotation.language and with_text:
        body["language"] = annotation.language
    document = {
        "id": name,
        "type": "Annotation",
        "motivation": TEXT if annotation.remark is None else one_or_all(annotation.remark.motivations),
        "body": body,
        "target": _target(annotation, scope),
    }
    return document if annotation.remark is None else document | made(annotation)


def _target(annotation: Annotation, scope: Scope) -> Any:
    """Return the target: a plain string, or, where there are several objects, with the manifest it is in (CS2-32).

    Of an annotation about several canvases it is an array of such.
    """
    targets, container = scope.targets(annotation), scope.containers.get(annotation.object_id)
    if container is None:
        return one_or_all(targets)
    manifest = {"id": container.id, "type": "Manifest", "label": {"none": [container.label]}}
    return one_or_all([{"id": target, "type": "Canvas", "partOf": manifest} for target in targets])


def _matches(answer: Answer, hits: Sequence[HitText], ids: Sequence[str], own: str, first: str) -> dict[str, Any]:
    """Return the inner page: a match annotation for every hit of this page (CS2-40 to CS2-47)."""
    everything: dict[str, Any] = {"id": f"{first}#all-matches", "type": "AnnotationCollection"}
    everything |= {"total": answer.total_hits} if answer.exact else {"label": {"en": [at_least(answer)]}}
    return {
        "id": f"{own}#matches",
        "type": "AnnotationPage",
        "partOf": everything,
        "items": [_match(hit, n, answer, ids, own) for n, hit in enumerate(hits, 1)],
    }


def _match(hit: HitText, n: int, answer: Answer, ids: Sequence[str], own: str) -> dict[str, Any]:
    """Return a match annotation.

    It is `contextualizing` where the one annotation is the match itself (CS2-42), else `highlighting`: of a match
    inside a longer text (CS2-43), and of one over several annotations, which all are matched whole (CS2-45).
    """
    one = len(hit.annotations) == 1
    quotes = [_quote(hit)] if one else [{"exact": answer.annotations[place].text} for place in hit.annotations]
    targets = [
        {"type": "SpecificResource", "source": ids[place], "selector": [{"type": "TextQuoteSelector", **quote}]}
        for place, quote in zip(hit.annotations, quotes, strict=True)
    ]
    return {
        "id": f"{own}#match-{(answer.start_index or 0) + n}",
        "type": "Annotation",
        "motivation": "contextualizing" if one and not hit.inside else "highlighting",
        "target": targets[0] if one else targets,
    }


def _quote(hit: HitText) -> dict[str, str]:
    quote = {"prefix": hit.before, "exact": hit.match, "suffix": hit.after}
    return {name: text for name, text in quote.items() if text}


def terms_response(found: Suggestions, request: Request, scope: Scope, service: str) -> dict[str, Any]:
    """Return a TermPage (CS2-61 to CS2-69)."""
    own = Scope(service, scope.text)
    document: dict[str, Any] = {"@context": CONTEXT, "id": own.url(request), "type": "TermPage"}
    if request.ignored:
        document["ignored"] = list(request.ignored)
    if found.truncated:
        document["truncated"] = list(found.truncated)
    document["items"] = [_term(term, request, scope) for term in found.terms]
    return document


def _term(term: Term, request: Request, scope: Scope) -> dict[str, Any]:
    """Return a term, with the ready-made search if its word cannot be asked for as it stands (CS2-67)."""
    document: dict[str, Any] = {"value": term.printed, "total": term.count}
    query = query_for(term.printed)
    if query != term.printed:
        document["service"] = [{"id": scope.query_url(request, query), "type": "SearchService2"}]
    return document
