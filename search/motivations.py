"""Why an annotation was made: the names of the two annotation models and of IIIF, as they are compared and shown.

What transcribes a canvas is `painting` in version 1, `supplementing` in version 2 (CSX-06): one neutral name is kept.
"""

TEXT = "supplementing"
"""The neutral name of what transcribes a canvas, OCR among it."""

_OPEN_ANNOTATION = frozenset(
    {
        "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying", "linking",
        "moderating", "questioning", "replying", "tagging",
    }
)  # fmt: skip
_OTHERS = frozenset({"assessing", "painting", "supplementing", "contextualizing", "contentState"})
_PROPER = {name.lower(): name for name in _OPEN_ANNOTATION | _OTHERS}
_SPACES = (
    "oa:",
    "sc:",
    "http://www.w3.org/ns/oa#",
    "http://iiif.io/api/presentation/2#",
    "http://iiif.io/api/presentation/3#",
    "http://iiif.io/api/presentation/4#",
)


def plain(name: str) -> str:
    """Return a motivation without the prefix or the URI of the models' own names (CS1-17, CS1-18); others as given."""
    name = name.strip()
    secure = name.replace("https:", "http:", 1) if name.startswith("https:") else name
    for space in _SPACES:
        if secure.startswith(space):
            name = secure[len(space) :]
            break
    return _PROPER.get(name.lower(), name)


def kept(name: str) -> str:
    """Return the name that is kept of an annotation with a text: painted text is a transcription."""
    name = plain(name)
    return TEXT if name == "painting" else name


def wanted(name: str, version: int) -> str:
    """Return the kept name that a request's value asks for; empty for one that nothing answers to in this version."""
    name = plain(name)
    painting = version != 2
    if name in {"painting", TEXT}:
        return TEXT if painting == (name == "painting") else ""
    return name


def shown(name: str, version: int) -> str:
    """Return a kept name as an answer of a version gives it (CS1-35, CS2-23)."""
    if version == 2:
        return name
    if name == TEXT:
        return "sc:painting"
    return name if ":" in name or name in _OTHERS - {"assessing"} else f"oa:{name}"
