"""The manifest of a static copy: Presentation 3, every id under the copy's own address, and no service but images."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from image.level0 import PROFILE0, Level0, largest_path, size_path
from lectern.catalogue import CanvasRow
from lectern.urls import ImageVersion
from services.presentation import description3, manifest3
from services.presentation.described import label_of
from services.presentation.lines import TextLine
from services.presentation.model import Json, Part
from services.tiles.shown import Copy, Shown

MANIFEST = "manifest.json"
_REDUCED = "This page is shown at reduced size here: the whole of it is not open to everybody."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copy lies: `base` is its URL without a slash at the end. Paths are under it, and in its folder."""

    base: str
    version: ImageVersion

    def url(self, path: str) -> str:
        """Return the URL of a path."""
        return f"{self.base}/{path}"

    def canvas_id(self, canvas: CanvasRow, shown: Shown | None) -> str:
        """Return a canvas's id: that of a foreign manifest stays, unless the canvas is of another size here."""
        ours = canvas.canvas.startswith("/") or (shown is not None and shown.tier is not None)
        return self.url(f"canvas/{canvas.n}") if ours else canvas.canvas


def image_path(shown: Shown) -> str:
    """Return the path of a page's image service; that of a reduced version says so."""
    return f"images/{shown.canvas.n}" + (f"~{shown.tier}" if shown.tier else "")


def text_path(n: int) -> str:
    """Return the path of the lines of page `n` (from 1)."""
    return f"text/{n}.json"


def manifest(copy: Copy, pictures: Mapping[int, Level0], place: Place) -> Json:
    """Return the manifest of a copy; `pictures` tells by number how each page that is shown was written.

    A page that is left out keeps its canvas, as in the manifest of the service (PR3-23). One that is shown reduced
    has a canvas of that size: viewers place highlights by the picture's own pixels (viewers.md rule 10).
    """
    book, shown = copy.book, {page.canvas.n: page for page in copy.shown}
    ids = {canvas.n: place.canvas_id(canvas, shown.get(canvas.n)) for canvas in book.canvases}
    document: Json = {
        "@context": manifest3.CONTEXT,
        "id": place.url(MANIFEST),
        "type": "Manifest",
        "label": description3.spoken(label_of(book)),
    }
    document |= manifest3.described(book)
    first = copy.shown[0]
    document["thumbnail"] = [_thumbnail(first, pictures[first.canvas.n], place)]
    if start := book.start():
        document["start"] = {"id": ids[start.n], "type": "Canvas"}
    document["items"] = [_canvas(copy, canvas, shown.get(canvas.n), pictures, place) for canvas in book.canvases]
    if parts := [_range(part, ids, place) for part in book.parts()]:
        document["structures"] = parts
    return document


def scaled(shown: Shown | None, canvas: CanvasRow, picture: Level0 | None) -> CanvasRow:
    """Return a canvas in the size that it has in the copy."""
    if shown is None or shown.tier is None or picture is None:
        return canvas
    return replace(canvas, width=picture.width, height=picture.height)


def scaled_line(line: TextLine, before: CanvasRow, after: CanvasRow) -> TextLine:
    """Return a line with its box in the pixels of the canvas that it has become."""
    if line.box is None or (before.width, before.height) == (after.width, after.height):
        return line
    across, down = after.width / before.width, after.height / before.height
    left, top, width, height = line.box
    right, bottom = round((left + width) * across), round((top + height) * down)
    x, y = round(left * across), round(top * down)
    return replace(line, box=(x, y, max(1, right - x), max(1, bottom - y)))


def _canvas(copy: Copy, row: CanvasRow, shown: Shown | None, pictures: Mapping[int, Level0], place: Place) -> Json:
    canvas_id, picture = place.canvas_id(row, shown), pictures.get(row.n)
    row = scaled(shown, row, picture)
    label = manifest3.language_map(copy.book.canvas_label(row))
    canvas: Json = {"id": canvas_id, "type": "Canvas", "label": label, "width": row.width, "height": row.height}
    if shown is not None and shown.tier is not None:
        canvas["summary"] = manifest3.language_map(_REDUCED, "en")
    painting: list[Json] = []
    if shown is not None and picture is not None:
        canvas["thumbnail"] = [_thumbnail(shown, picture, place)]
        painting = [_painting(shown, picture, place, canvas_id)]
    page = place.url(f"canvas/{row.n}/painting")
    canvas["items"] = [{"id": page, "type": "AnnotationPage", "items": painting}]
    if row.n in copy.with_text:
        text = {"id": place.url(text_path(row.n)), "type": "AnnotationPage"}
        canvas["annotations"] = [text | {"label": manifest3.language_map("Text of the page", "en")}]
    return canvas


def _painting(shown: Shown, picture: Level0, place: Place, canvas_id: str) -> Json:
    service = place.url(image_path(shown))
    width, height = picture.largest
    body = _image(f"{service}/{largest_path(place.version)}", width, height)
    body["service"] = [_service(service, place.version)]
    return {
        "id": place.url(f"canvas/{shown.canvas.n}/painting/1"),
        "type": "Annotation",
        "motivation": "painting",
        "body": body,
        "target": canvas_id,
    }


def _thumbnail(shown: Shown, picture: Level0, place: Place) -> Json:
    service, size = place.url(image_path(shown)), picture.thumbnail
    return _image(f"{service}/{size_path(place.version, size)}", *size)


def _image(url: str, width: int, height: int) -> Json:
    return {"id": url, "type": "Image", "format": "image/jpeg", "width": width, "height": height}


def _service(service: str, version: ImageVersion) -> Json:
    if version == 2:
        return {"@id": service, "@type": "ImageService2", "profile": PROFILE0[2]}
    return {"id": service, "type": "ImageService3", "profile": PROFILE0[3]}


def _range(part: Part, ids: Mapping[int, str], place: Place) -> Json:
    items = [
        _range(item, ids, place) if isinstance(item, Part) else {"id": ids[item.n], "type": "Canvas"}
        for item in part.items()
    ]
    label = manifest3.language_map(part.row.label)
    return {"id": place.url(f"range/{part.row.r}"), "type": "Range", "label": label, "items": items}
