"""Presentation 2.1: manifests and collections (spec/image-and-presentation.md section 5)."""

from collections.abc import Iterator

from image import info
from lectern.catalogue import CanvasRow
from lectern.collection_tree import Collection
from lectern.ids import ImageId
from lectern.urls import Urls, is_web_address
from services.presentation import blocks, description2, links
from services.presentation.described import described, label_of
from services.presentation.lending import in_version_2
from services.presentation.listing import Listing
from services.presentation.model import Book, Json, Part, Thumbnail, cover, thumbnail, viewing_direction

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
        "label": description2.spoken(label_of(book)),
    }
    sequence: Json = {
        "@id": _own(book, "sequence/normal"),
        "@type": "sc:Sequence",
        "label": "In reading order",
        "canvases": [_canvas(book, row) for row in book.canvases],
    }
    if direction := viewing_direction(book.row):
        sequence["viewingDirection"] = direction
    if start := book.start():
        sequence["startCanvas"] = book.canvas_id(start)
    document |= _description(book)
    if renderings := _renderings(book):
        document["rendering"] = renderings
    structures = [found for part in book.parts() for found in _ranges(book, part)]
    return document | {"sequences": [sequence]} | ({"structures": structures} if structures else {})


def collection(found: Listing, urls: Urls) -> Json:
    """Return a collection: those in it and its manifests, with its own search (CS1-04)."""
    own = found.collection
    told: Json = {"@context": CONTEXT} | _reference(own, urls)
    if own.summary:
        told["description"] = description2.spoken(own.summary)
    told["service"] = blocks.search1(lambda version: urls.search_collection(own.id, version), urls.declared)
    told |= {"viewingHint": "top"} if found.around is None else {"within": urls.collection(found.around.id, 2)}
    if found.inside:
        told["collections"] = [_reference(each, urls) for each in found.inside]
    told["manifests"] = [
        {"@id": urls.manifest(entry.row.id, 2), "@type": "sc:Manifest", "label": description2.spoken(entry.label)}
        | ({"navDate": entry.nav_date} if entry.nav_date else {})
        for entry in found.entries
    ]
    return told


def _reference(found: Collection, urls: Urls) -> Json:
    label = description2.spoken(found.label)
    return {"@id": urls.collection(found.id, 2), "@type": "sc:Collection", "label": label}


def _description(book: Book) -> Json:
    row, told = book.row, Json()
    if not book.tells_all:
        return told
    said = described(book)
    told |= description2.description(said)
    if is_web_address(row.rights):
        told["license"] = row.rights
    if small := cover(book):
        told["thumbnail"] = small_picture(small)
    here = {"@id": book.urls.page(row.id), "format": "text/html", "label": "This object in Lectern"}
    others = description2.related(said)
    told["related"] = [*others, here] if others else here
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
    }
    if images := _images(book, row):
        canvas["images"] = images
    if small := thumbnail(book, row):
        canvas["thumbnail"] = small_picture(small)
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
    if image is not None:
        return own_picture(book, row, image)
    borrowed = book.borrowed(row)
    return None if borrowed is None else in_version_2(borrowed)


def own_picture(book: Book, row: CanvasRow, image: ImageId) -> Json:
    """Return a picture of ours as content resource, in the size of its canvas, with the Image 2.1 service."""
    return {
        "@id": f"{book.urls.image(image, 2)}/full/max/0/default.jpg",
        "@type": "dctypes:Image",
        "format": "image/jpeg",
        "width": row.width,
        "height": row.height,
        "service": {"@context": info.CONTEXT[2]} | blocks.image2(book, image),
    }


def small_picture(small: Thumbnail) -> Json:
    """Return a thumbnail as content resource."""
    return {"@id": small.url, "@type": "dctypes:Image", "format": "image/jpeg"}


def _own(book: Book, rest: str) -> str:
    return f"{book.urls.manifest(book.row.id, 2).removesuffix('manifest')}{rest}"
