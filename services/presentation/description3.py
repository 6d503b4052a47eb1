"""What is said of an object or a collection in the words of Presentation 3 (PR3-02 to PR3-07)."""

from lectern.description import Description, LanguageMap, Logo, Pair, WebPage
from services.presentation.model import Json


def spoken(found: LanguageMap) -> dict[str, list[str]]:
    """Return a language map as JSON has it (PR3-03)."""
    return {language: list(texts) for language, texts in found.items()}


def description(said: Description) -> Json:
    """Return the properties of a manifest that a description has words for, but for its label and its start."""
    told: Json = {}
    if said.summary:
        told["summary"] = spoken(said.summary)
    if said.metadata:
        told["metadata"] = [pair(each) for each in said.metadata]
    if said.required_statement is not None:
        told["requiredStatement"] = pair(said.required_statement)
    if said.providers:
        told["provider"] = [
            {"id": each.id, "type": "Agent", "label": spoken(each.label)}
            | ({"homepage": [page(site) for site in each.homepages]} if each.homepages else {})
            | ({"logo": [_logo(logo) for logo in each.logos]} if each.logos else {})
            for each in said.providers
        ]
    if said.nav_date:
        told["navDate"] = said.nav_date
    if said.behavior:
        told["behavior"] = list(said.behavior)
    return told


def pair(found: Pair) -> Json:
    """Return a label with its value."""
    return {"label": spoken(found.label), "value": spoken(found.value)}


def page(found: WebPage) -> Json:
    """Return a homepage."""
    told: Json = {"id": found.id, "type": "Text", "label": spoken(found.label), "format": found.format}
    return told | ({"language": list(found.languages)} if found.languages else {})


def _logo(found: Logo) -> Json:
    told: Json = {"id": found.id, "type": "Image"}
    told |= {key: value for key in ("format", "width", "height") if (value := getattr(found, key))}
    if found.service is not None:
        service, at = found.service, "" if found.service.type == "ImageService3" else "@"
        told["service"] = [{f"{at}id": service.id, f"{at}type": service.type, "profile": service.profile}]
    return told
