"""What is said of an object or a collection in the words of Presentation 2.1."""

from typing import Any

from lectern.description import NO_LANGUAGE, Description, LanguageMap, Logo, WebPage, texts_of
from services.presentation.model import Json

_HINTS = frozenset({"paged", "continuous", "individuals"})
_CONTEXTS = {f"ImageService{n}": f"http://iiif.io/api/image/{n}/context.json" for n in (1, 2, 3)}


def spoken(found: LanguageMap) -> Any:
    """Return a text, or a list of texts with their languages where these are known."""
    told = [
        text if language == NO_LANGUAGE else {"@value": text, "@language": language}
        for language, texts in found.items()
        for text in texts
    ]
    return told[0] if len(told) == 1 and isinstance(told[0], str) else told


def description(said: Description) -> Json:
    """Return the properties of a manifest that a description has words for, but for its label and its start.

    What must be shown is `attribution`, and where nothing must be, who provides the object; version 2 has no other
    word for that. Of ways to show a book it knows three.
    """
    told: Json = {}
    if said.summary:
        told["description"] = spoken(said.summary)
    if said.metadata:
        told["metadata"] = [{"label": spoken(each.label), "value": spoken(each.value)} for each in said.metadata]
    if attribution := _attribution(said):
        told["attribution"] = spoken(attribution)
    if logos := [_logo(logo) for each in said.providers for logo in each.logos]:
        told["logo"] = logos if len(logos) > 1 else logos[0]
    if said.nav_date:
        told["navDate"] = said.nav_date
    if hint := next((each for each in said.behavior if each in _HINTS), ""):
        told["viewingHint"] = hint
    return told


def related(said: Description) -> list[Json]:
    """Return the pages about the object, then those of its providers, each once."""
    pages = [*said.homepages, *(page for each in said.providers for page in each.homepages)]
    return [_page(found) for found in {page.id: page for page in reversed(pages)}.values()][::-1]


def _attribution(said: Description) -> LanguageMap:
    """Return what must be shown, else who provides the object."""
    if said.required_statement is not None:
        return said.required_statement.value
    found: dict[str, tuple[str, ...]] = {}
    for each in said.providers:
        for language, texts in each.label.items():
            found[language] = (*found.get(language, ()), *texts)
    return found


def _page(found: WebPage) -> Json:
    """Return a page; `related` has one label, in one language."""
    return {"@id": found.id, "format": found.format, "label": next(texts_of(found.label), found.id)}


def _logo(found: Logo) -> Any:
    if found.service is None:
        return {"@id": found.id} | ({"format": found.format} if found.format else {})
    service = {"@id": found.service.id, "profile": found.service.profile}
    return {"@id": found.id, "service": {"@context": _CONTEXTS[found.service.type]} | service}
