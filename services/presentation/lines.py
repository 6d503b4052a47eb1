"""The lines or words of a page as annotations: an AnnotationPage (Presentation 3) or an AnnotationList (2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import time_fragment
from lectern.wordblock import PageWords
from services.presentation import manifest2, manifest3
from services.presentation.model import Json

Granularity = Literal["line", "word"]

GRANULARITY_CONTEXT = "http://iiif.io/api/extension/text-granularity/context.json"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One printed line or word; its box is left, top, width, height in canvas pixels, None where it is not known.

    `time` is start and end in seconds, of a caption.
    """

    text: str
    box: tuple[int, int, int, int] | None = None
    language: str = ""
    time: tuple[float, float] | None = None


def text_lines(row: ObjectRow, words: PageWords) -> list[TextLine]:
    """Return the lines of a page of an object, each in its own language or in the only one that the object has."""
    return [
        TextLine(line.text, line.box, words.language(line.first) or row.only_language, line.time)
        for line in words.lines
    ]


def text_words(row: ObjectRow, words: PageWords) -> list[TextLine]:
    """Return the words of a page of an object as `text_lines` does its lines."""
    return [
        TextLine(text, words.box(place), words.language(place) or row.only_language, words.time(place))
        for place, text in enumerate(words.texts)
    ]


def annotation_page(
    page_id: str, canvas: CanvasRow, canvas_id: str, lines: Sequence[TextLine], granularity: Granularity = "line"
) -> Json:
    """Return lines, or words, as an AnnotationPage (PR3-20 to PR3-25, PR3-29, PR3-30)."""
    items = []
    for ordinal, line in enumerate(lines, start=1):
        body = {"type": "TextualBody", "value": line.text, "format": "text/plain"}
        if line.language:
            body["language"] = line.language
        items.append(
            {
                "id": f"{page_id}#{granularity}-{ordinal}",
                "type": "Annotation",
                "motivation": "supplementing",
                "textGranularity": granularity,
                "body": body,
                "target": target(canvas, canvas_id, line.box, line.time),
            }
        )
    return {
        "@context": [GRANULARITY_CONTEXT, manifest3.CONTEXT],
        "id": page_id,
        "type": "AnnotationPage",
        "items": items,
    }


def annotation_list(
    list_id: str, canvas: CanvasRow, canvas_id: str, lines: Sequence[TextLine], granularity: Granularity = "line"
) -> Json:
    """Return lines, or words, as an sc:AnnotationList (PR2-03 to PR2-07; viewer rule 4)."""
    resources = []
    for ordinal, line in enumerate(lines, start=1):
        body = {"@type": "cnt:ContentAsText", "chars": line.text, "format": "text/plain"}
        if line.language:
            body["language"] = line.language
        resources.append(
            {
                "@id": f"{list_id}#{granularity}-{ordinal}",
                "@type": "oa:Annotation",
                "motivation": "sc:painting",
                "resource": body,
                "on": target(canvas, canvas_id, line.box, line.time),
            }
        )
    return {
        "@context": manifest2.CONTEXT,
        "@id": list_id,
        "@type": "sc:AnnotationList",
        "resources": resources,
    }


def target(
    canvas: CanvasRow,
    canvas_id: str,
    box: tuple[int, int, int, int] | None,
    time: tuple[float, float] | None = None,
) -> str:
    """Return the part of the canvas in whole pixels, cut at its edges (PR3-25, viewer rule 4), or in seconds.

    A line without a box, or with one wholly outside, is of the whole canvas.
    """
    if box is None:
        return canvas_id if time is None else f"{canvas_id}#{time_fragment(time)}"
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(canvas.width, box[0] + box[2]), min(canvas.height, box[1] + box[3])
    if right <= left or bottom <= top:
        return canvas_id
    return f"{canvas_id}#xywh={left},{top},{right - left},{bottom - top}"
