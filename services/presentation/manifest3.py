"""Presentation 3.0: manifests and collections (spec/image-and-presentation.md section 4)."""

from auth.auth2 import CONTEXT as AUTH2_CONTEXT
from image.info import rights_uri
from lectern.catalogue import CanvasRow
from lectern.collection_tree import Collection
from lectern.ids import ImageId
from lectern.urls import Urls
from services.presentation import blocks, description3, links
from services.presentation.described import described as all_said
from services.presentation.described import label_of
from services.presentation.listing import Listing
from services.presentation.model import Book, Json, Part, Thumbnail, cover, thumbnail, viewing_direction

CONTEXT = "http://iiif.io/api/presentation/3/context.json"


def manifest(book: Book) -> Json:
    """Return the manifest (PR3-01 to PR3-12; viewer rules 1 to 3, 10, 12, 13).

    A minimal one holds what a viewer needs to open the book and to offer the sign-in, and no more: the label,
    and pages with their sizes and image services. It leaves out summary, facts, rights, collections, page
    labels, parts, thumbnails, search and the references to the text.
    """
    items = [_canvas(book, row) for row in book.canvases]
    has_probe = any(book.image_id(row) and _has_probe(item) for row, item in zip(book.canvases, items, strict=True))
    document: Json = {
        "@context": [AUTH2_CONTEXT, CONTEXT] if has_probe else CONTEXT,
        "id": book.urls.manifest(book.row.id, 3),
        "type": "Manifest",
        "label": description3.spoken(label_of(book)),
    }
    document |= _description(book)
    if renderings := _renderings(book):
        document["rendering"] = renderings
    document["items"] = items
    if structures := [_range(book, part) for part in book.parts()]:
        document["structures"] = structures
    return document


def collection(found: Listing, urls: Urls) -> Json:
    """Return a collection: those in it, then its manifests, with its own search (PR3-01, PR3-03, CS2-02)."""
    own = found.collection
    told: Json = {"@context": CONTEXT} | _reference(own, urls)
    if own.summary:
        told["summary"] = description3.spoken(own.summary)
    told["service"] = blocks.searches(lambda version: urls.search_collection(own.id, version), urls.declared)
    if found.around is not None:
        told["partOf"] = [_reference(found.around, urls)]
    manifests = [
        {"id": urls.manifest(entry.row.id, 3), "type": "Manifest", "label": description3.spoken(entry.label)}
        | ({"navDate": entry.nav_date} if entry.nav_date else {})
        for entry in found.entries
    ]
    return told | {"items": [*(_reference(each, urls) for each in found.inside), *manifests]}


def _reference(found: Collection, urls: Urls) -> Json:
    label = description3.spoken(found.label)
    return {"id": urls.collection(found.id, 3), "type": "Collection", "label": label}


def described(book: Book) -> Json:
    """Return what a manifest says of the object itself, whoever shows it: direction, description, rights, pages."""
    told = Json()
    if direction := viewing_direction(book.row):
        told["viewingDirection"] = direction
    said = all_said(book)
    told |= description3.description(said)
    if book.tells_all and (rights := rights_uri(book.row.rights)):
        told["rights"] = rights
    if said.homepages:
        told["homepage"] = [description3.page(each) for each in said.homepages]
    return told


def _description(book: Book) -> Json:
    """Return what stands between label and items."""
    row, told = book.row, described(book)
    if not book.tells_all:
        return told
    if small := cover(book):
        told["thumbnail"] = [small_picture(small)]
    page = {"id": book.urls.page(row.id), "type": "Text", "label": language_map("This object in Lectern", "en")}
    told["homepage"] = [*told.get("homepage", []), page | {"format": "text/html"}]
    if start := book.start():
        told["start"] = {"id": book.canvas_id(start), "type": "Canvas"}
    if row.collections:
        told["partOf"] = [{"id": book.urls.collection(name, 3), "type": "Collection"} for name in row.collections]
    if book.searchable():
        told["service"] = blocks.searches(lambda version: book.urls.search(row.id, version), book.urls.declared)
    return told


def _range(book: Book, part: Part) -> Json:
    """Return a range with those inside it and with references to the canvases that are in none of these (PR3-28)."""
    items = [
        _range(book, item) if isinstance(item, Part) else {"id": book.canvas_id(item), "type": "Canvas"}
        for item in part.items()
    ]
    told: Json = {
        "id": book.urls.range(book.row.id, part.row.r, 3),
        "type": "Range",
        "label": language_map(part.row.label),
    }
    if book.searchable():
        told["service"] = [blocks.search2(book.urls.search_range(book.row.id, part.row.r, 2))]
    return told | {"items": items}


def _canvas(book: Book, row: CanvasRow) -> Json:
    """Return a canvas; one without a picture keeps its size and has an empty painting page (PR3-23, PR3-25)."""
    own = f"{book.urls.manifest(book.row.id, 3).removesuffix('/manifest')}/canvas/{row.n}"
    canvas: Json = {
        "id": book.canvas_id(row),
        "type": "Canvas",
        "label": language_map(book.canvas_label(row)),
        "width": row.width,
        "height": row.height,
    }
    if row.n in book.durations and book.access(row.n).told:
        canvas["duration"] = book.durations[row.n]
    if small := thumbnail(book, row):
        canvas["thumbnail"] = [small_picture(small)]
    painting = _painting(book, row, f"{own}/painting/1")
    canvas["items"] = [{"id": f"{own}/painting", "type": "AnnotationPage", "items": painting}]
    if book.has_text(row):
        canvas["service"] = [blocks.search2(book.urls.search_canvas(book.row.id, row.n, 2))]
    if listed := _annotations(book, row):
        canvas["annotations"] = listed
    if files := links.text_files(book, row):
        canvas["seeAlso"] = [_file(file) for file in files]
    return canvas


def _has_probe(canvas: Json) -> bool:
    """Return whether a canvas with a picture of ours names a probe service: one of Image 3.0 does (viewer rule 12)."""
    services = canvas["items"][0]["items"][0]["body"]["service"]
    return any("service" in service for service in services if service.get("type") == "ImageService3")


def _annotations(book: Book, row: CanvasRow) -> list[Json]:
    """Return references to the lines of a page and to what is beside them; its words say the same as the lines."""
    listed = []
    if book.has_text(row):
        listed.append((book.urls.text(book.row.id, row.n, 3), "Text of the page"))
    if book.has_remarks(row):
        listed.append((book.urls.remarks(book.row.id, row.n, 3), "Comments and other annotations"))
    return [{"id": url, "type": "AnnotationPage", "label": language_map(label, "en")} for url, label in listed]


def _file(file: links.File) -> Json:
    found: Json = {
        "id": file.url,
        "type": file.type,
        "label": language_map(file.label, "en"),
        "format": file.media_type,
    }
    return found | {"profile": file.profile} if file.profile else found


def _renderings(book: Book) -> list[Json]:
    _, services = links.rendering_services(book)
    return [_file(file) | ({"service": services} if services else {}) for file in links.renderings(book)]


def _painting(book: Book, row: CanvasRow, annotation_id: str) -> list[Json]:
    body = _body(book, row)
    if body is None:
        return []
    return [
        {
            "id": annotation_id,
            "type": "Annotation",
            "motivation": "painting",
            "body": body,
            "target": book.canvas_id(row),
        }
    ]


def _body(book: Book, row: CanvasRow) -> Json | None:
    """Return the picture of a canvas: ours, else the one it borrows, else None."""
    image = book.image_id(row)
    return book.borrowed(row) if image is None else own_picture(book, row, image)


def own_picture(book: Book, row: CanvasRow, image: ImageId) -> Json:
    """Return a picture of ours as content resource, in the size of its canvas, with both image services."""
    return {
        "id": f"{book.urls.image(image, 2)}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": row.width,
        "height": row.height,
        "service": [blocks.image2(book, image), blocks.image3(book, image)],
    }


def small_picture(small: Thumbnail) -> Json:
    """Return a thumbnail as content resource."""
    return {
        "id": small.url,
        "type": "Image",
        "format": "image/jpeg",
        "width": small.width,
        "height": small.height,
    }


def language_map(value: str, language: str = "none") -> dict[str, list[str]]:
    """Return a language map (PR3-03); what the catalogue keeps is in a language that it does not name."""
    return {language: [value]}
