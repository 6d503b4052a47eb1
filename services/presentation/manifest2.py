"""Presentation 2.1: manifests and collections (spec/image-and-presentation.md section 5)."""

from collections.abc import Iterator, Sequence

from image import info
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import Urls
from services.presentation import blocks, links
from services.presentation.lending import in_version_2
from services.presentation.model import Book, Json, Part, cover, facts, is_web_address, thumbnail, viewing_direction

CONTEXT = "http://iiif.io/api/presentation/2/context.json"


def manifest(book: Book) -> Json:
    """Return the manifest (PR2-01 to PR2-13; viewer rules 1 to 3, 10, 12, 13).

    It says what the Presentation 3 one says, as far as version 2 has words for it: there is no probe and no
    Content Search 2. Canvases and ranges declare no search of their own: viewer rule 1.
    """
    document: Json = {
        "@context": CONTEXT,
        "@id": book.urls.manifest(book.row.id, 2),
        "@type": "sc:Manifest",
        "label": book.row.label or book.row.id,
    }
    sequence: Json = {
        "@id": _own(book, "sequence/normal"),
        "@type": "sc:Sequence",
        "label": "In reading order",
        "canvases": [_canvas(book, row) for row in book.canvases],
    }
    if direction := viewing_direction(book.row):
        sequence["viewingDirection"] = direction
    document |= _description(book)
    if renderings := _renderings(book):
        document["rendering"] = renderings
    structures = [found for part in book.parts() for found in _ranges(book, part)]
    return document | {"sequences": [sequence]} | ({"structures": structures} if structures else {})


def collection(name: str, label: str, rows: Sequence[ObjectRow], urls: Urls) -> Json:
    """Return a collection of manifests, in the order given, with its own search (CS1-04)."""
    manifests = [
        {"@id": urls.manifest(row.id, 2), "@type": "sc:Manifest", "label": row.label or row.id} for row in rows
    ]
    return {
        "@context": CONTEXT,
        "@id": urls.collection(name, 2),
        "@type": "sc:Collection",
        "label": label,
        "service": blocks.search1(lambda version: urls.search_collection(name, version), urls.declared),
        "manifests": manifests,
    }


def _description(book: Book) -> Json:
    row, told = book.row, Json()
    if not book.tells_all:
        return told
    if row.summary:
        told["description"] = row.summary
    if known := facts(row):
        told["metadata"] = [{"label": label, "value": value} for label, value in known]
    if is_web_address(row.rights):
        told["license"] = row.rights
    elif row.rights:
        told["attribution"] = row.rights
    if small := cover(book):
        told["thumbnail"] = {"@id": small.url, "@type": "dctypes:Image", "format": "image/jpeg"}
    told["related"] = {"@id": book.urls.page(row.id), "format": "text/html", "label": "This object in Lectern"}
    if row.collections:
        told["within"] = [book.urls.collection(name, 2) for name in row.collections]
    if book.searchable():
        told["service"] = [blocks.search1(lambda version: book.urls.search(row.id, version), book.urls.declared)]
    return told


def _ranges(book: Book, part: Part) -> Iterator[Json]:
    """Yield a range and those inside it: version 2 lists them all, and each names what is directly in it."""
    found: Json = {
        "@id": book.urls.range(book.row.id, part.row.r, 2),
        "@type": "sc:Range",
        "label": part.row.label,
    }
    if part.parts:
        found["ranges"] = [book.urls.range(book.row.id, each.row.r, 2) for each in part.parts]
    if part.canvases:
        found["canvases"] = [book.canvas_id(row) for row in part.canvases]
    yield found
    for each in part.parts:
        yield from _ranges(book, each)


def _canvas(book: Book, row: CanvasRow) -> Json:
    canvas: Json = {
        "@id": book.canvas_id(row),
        "@type": "sc:Canvas",
        "label": book.canvas_label(row),
        "width": row.width,
        "height": row.height,
        "images": _images(book, row),
    }
    if small := thumbnail(book, row):
        canvas["thumbnail"] = {"@id": small.url, "@type": "dctypes:Image", "format": "image/jpeg"}
    if listed := _other_content(book, row):
        canvas["otherContent"] = listed
    for file in links.text_files(book, row)[:1]:  # one object, not a list: viewers of version 2 know no other (PR2-14)
        canvas["seeAlso"] = _file(file)
    return canvas


def _other_content(book: Book, row: CanvasRow) -> list[Json]:
    listed = []
    if book.has_text(row):
        listed.append((book.urls.text(book.row.id, row.n, 2), "Text of the page"))
    if book.has_remarks(row):
        listed.append((book.urls.remarks(book.row.id, row.n, 2), "Comments and other annotations"))
    return [{"@id": url, "@type": "sc:AnnotationList", "label": label} for url, label in listed]


def _file(file: links.File) -> Json:
    found: Json = {"@id": file.url, "label": file.label, "format": file.media_type}
    return found | {"profile": file.profile} if file.profile else found


def _renderings(book: Book) -> list[Json]:
    services, _ = links.rendering_services(book)
    return [_file(file) | ({"service": services} if services else {}) for file in links.renderings(book)]


def _images(book: Book, row: CanvasRow) -> list[Json]:
    resource = _resource(book, row)
    if resource is None:
        return []
    return [
        {
            "@id": _own(book, f"canvas/{row.n}/painting/1"),
            "@type": "oa:Annotation",
            "motivation": "sc:painting",
            "resource": resource,
            "on": book.canvas_id(row),
        }
    ]


def _resource(book: Book, row: CanvasRow) -> Json | None:
    """Return the picture of a canvas: ours, else the one it borrows, else None."""
    image = book.image_id(row)
    if image is None:
        borrowed = book.borrowed(row)
        return None if borrowed is None else in_version_2(borrowed)
    return {
        "@id": f"{book.urls.image(image, 2)}/full/max/0/default.jpg",
        "@type": "dctypes:Image",
        "format": "image/jpeg",
        "width": row.width,
        "height": row.height,
        "service": {"@context": info.CONTEXT[2]} | blocks.image2(book, image),
    }


def _own(book: Book, rest: str) -> str:
    return f"{book.urls.manifest(book.row.id, 2).removesuffix('manifest')}{rest}"
