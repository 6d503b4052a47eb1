"""A manifest made elsewhere with our search and our access services in it, and nothing else changed.

Our access services are put only where the pictures stand behind our verdict: a viewer sends our tokens to whatever
image service they stand in.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from auth.auth2 import CONTEXT as AUTH2_CONTEXT
from lectern.catalogue import CanvasRow
from lectern.ids import ImageId
from lectern.iiif_json import id_of, objects_of, painted, several, version_of
from lectern.urls import Urls
from services.presentation import blocks, manifest2, manifest3
from services.presentation.foreign import (
    BESIDE,
    addresses_of,
    bodies,
    canvases_beside,
    canvases_of,
    image_services,
    is_recording,
    texts_in,
)
from services.presentation.lending import origins_of
from services.presentation.model import Book, Json, Thumbnail, cover, thumbnail

SEARCH2_CONTEXT = "http://iiif.io/api/search/2/context.json"

_TEXTS = ("seeAlso", "rendering", "annotations", "otherContent")
_PAINTS = frozenset({"body", "target", "resource", "on", "thumbnail"})
_MOST_NAMED = 3


class Images(StrEnum):
    """Whose image services an augmented manifest names: ours for what is restricted, ours throughout, or theirs."""

    AUTO = "auto"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Augmented:
    """A manifest with our services, and (trap, message) of what its operator has to know, all warnings."""

    document: Json
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Work:
    """What became of the canvases so far: those still open elsewhere, and the addresses that were taken away.

    `shut` is whether a restricted page has our picture in place of theirs, put there now or earlier.
    """

    book: Book
    images: Images
    version: int
    open_elsewhere: dict[int, set[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    shut: bool = False
    probes: bool = False


def augment(document: Json, book: Book, images: Images = Images.AUTO) -> Augmented:
    """Return a copy of a manifest that declares an object's searches, and the doors to its restricted pages.

    Search: Content Search 1 and 2 (CS1-01 to -07, CS2-01 to -06), before the services that are there, because viewers
    take the first search service they know. In Presentation 2 a service carries its own context (PR2-01).

    Access: where we have the picture of a restricted page, our image services take the place of what is painted there,
    with the services of Auth 1, and in Presentation 3 the probe of Auth 2 (PR3-10 to -12, viewer rules 12, 13, 18), for
    the other server knows nothing of our policy. With OURS that is done for every page, with THEIRS for none: the
    access services are put into the image services that are there, which have to ask for our verdict. A picture that
    we do not have stays, without our services; it is a doubt. Doing it again changes nothing.
    """
    told: Json = json.loads(json.dumps(document))
    work = _Work(book, images, version_of(document))
    rows = {book.canvas_id(row): row for row in book.canvases}
    for canvas in canvases_of(told):
        if (row := rows.get(id_of(canvas))) is not None:
            _treat(work, canvas, row)
    _clear_covers(work, told)
    if work.probes:
        contexts = several(told.get("@context"))
        told["@context"] = contexts if AUTH2_CONTEXT in contexts else [AUTH2_CONTEXT, *contexts]
    told["service"] = _services(document, book.row.id, book.urls, work.version)
    return Augmented(told, tuple(_doubts(work, told)))


def _services(document: Json, object_id: str, urls: Urls, version: int) -> list[object]:
    ours = blocks.searches(lambda version: urls.search(object_id, version), urls.declared)
    if version == 2:
        ours[1] = {"@context": SEARCH2_CONTEXT} | ours[1]
    known = {urls.search(object_id, 0), urls.search(object_id, 1), urls.search(object_id, 2)}
    return [*ours, *(each for each in several(document.get("service")) if id_of(each) not in known)]


def _treat(work: _Work, canvas: Json, row: CanvasRow) -> None:
    """Put our doors to a canvas, whichever way; remember what stays open elsewhere."""
    book, found = work.book, painted(canvas)
    restricted, held = book.access(row.n).doors.restricted, row.has_picture(book.pictures_elsewhere)
    resources = [body for each in found for body in bodies(each)]
    blocks_there = [block for body in resources for block in image_services(body)]
    were_ours = any(id_of(block).startswith(f"{book.urls.base}/iiif/") for block in blocks_there)
    wanted = work.images is Images.OURS or (restricted and work.images is Images.AUTO)
    if found and held and (were_ours or wanted) and not any(map(is_recording, resources)):
        _replace(work, canvas, row, found[0], restricted=restricted)
        return
    guarded = held and restricted and work.images is Images.THEIRS
    for block in blocks_there:
        _guard(work, row, block, guarded=guarded)
    beside = [body for each in canvases_beside(canvas) for painting in painted(each) for body in bodies(painting)]
    without = any(not image_services(body) for body in (*resources, *beside))
    if restricted and (without or not guarded) and (addresses := addresses_of(canvas)):
        work.open_elsewhere[row.n] = addresses


def _replace(work: _Work, canvas: Json, row: CanvasRow, first: Json, *, restricted: bool) -> None:
    """Paint our picture in place of all that is painted; a restricted page keeps no other picture of theirs.

    It stands where the first one stood, in `items` or in `images`: not all that calls itself one version is one.
    """
    before = addresses_of(canvas)
    bare = {key: value for key, value in first.items() if key not in _PAINTS}
    image = ImageId(work.book.row.id, row.n)
    pages = [page for page in objects_of(canvas.get("items")) if _has(page, first)]
    canvas.pop("images" if pages else "items", None)
    if pages:
        page = {key: value for key, value in pages[0].items() if key != "thumbnail"}
        painting = bare | {"body": manifest3.own_picture(work.book, row, image), "target": id_of(canvas)}
        canvas["items"] = [page | {"items": [painting]}]
        work.probes |= restricted and work.version == 3
    else:
        canvas["images"] = [bare | {"resource": manifest2.own_picture(work.book, row, image), "on": id_of(canvas)}]
    if restricted:
        _close(work, canvas, row, before)


def _has(page: Json, annotation: Json) -> bool:
    return any(each is annotation for each in several(page.get("items")))


def _close(work: _Work, canvas: Json, row: CanvasRow, before: set[str]) -> None:
    """Take away their small picture of a page and what is shown before or with it; remember the addresses."""
    for key in ("thumbnail", *BESIDE):
        canvas.pop(key, None)
    if small := thumbnail(work.book, row):
        canvas["thumbnail"] = _small(work.version, small)
    work.closed |= {each for each in before if not _leads_to({work.book.urls.base}, each)}
    work.shut = True


def _small(version: int, small: Thumbnail) -> object:
    return [manifest3.small_picture(small)] if version == 3 else manifest2.small_picture(small)


def _guard(work: _Work, row: CanvasRow, block: Json, *, guarded: bool) -> None:
    """Put our access services into an image service of theirs, or take them away from one that is not guarded."""
    book, image = work.book, ImageId(work.book.row.id, row.n)
    ours: list[Json] = blocks.image2(book, image).get("service", []) if guarded else []
    if guarded and work.version == 3 and "id" in block:  # an Image 3 service, where viewers look for both
        probe = blocks.image3(book, image).get("service", [])
        ours, work.probes = [*ours, *probe], work.probes or bool(probe)
    given = several(block.get("service"))
    both = [*ours, *(each for each in given if not id_of(each).startswith(f"{book.urls.base}/auth/"))]
    if both:
        block |= {"service": both} if both != given else {}
    elif given:
        del block["service"]


def _clear_covers(work: _Work, told: Json) -> None:
    """Take away pictures of the whole that are those of pages which were closed; a small one of ours is put there."""
    for holder, key in _covers(told):
        if any(_leads_to(work.closed, text) for text in texts_in(holder[key])):
            del holder[key]
            if key == "thumbnail" and (ours := cover(work.book)):
                holder[key] = _small(work.version, ours)


def _covers(told: Json) -> list[tuple[Json, str]]:
    """Return where pictures of the whole stand: (manifest or sequence, property)."""
    holders = (told, *objects_of(told.get("sequences")))
    return [(each, key) for each in holders for key in ("thumbnail", *BESIDE) if each.get(key)]


def _strange_covers(work: _Work, told: Json) -> list[str]:
    """Return the properties with pictures of the whole of which nobody can say which page they show.

    Those of pages that stay as they are, and ours, are known.
    """
    rows = {work.book.canvas_id(row): row for row in work.book.canvases}
    known = {work.book.urls.base}
    for canvas in canvases_of(told):
        row = rows.get(id_of(canvas))
        if row is None or not work.book.access(row.n).doors.restricted:
            known |= addresses_of(canvas)
    covers = ((key, addresses_of({key: holder[key]})) for holder, key in _covers(told))
    return [key for key, addresses in covers if not all(_leads_to(known, each) for each in addresses)]


def _leads_to(addresses: set[str], text: str) -> bool:
    return text in addresses or any(text.startswith(f"{address}/") for address in addresses)


def _doubts(work: _Work, told: Json) -> list[tuple[str, str]]:
    found = []
    if work.open_elsewhere:
        servers = ", ".join(origins_of(each for some in work.open_elsewhere.values() for each in some)) or "elsewhere"
        found.append((
            "picture-open-elsewhere",
            f"{pages_are(sorted(work.open_elsewhere))} restricted here, and the manifest goes on telling everybody "
            f"where to have the pictures: {servers} knows nothing of our policies. Ingest the pictures, so that ours "
            "are named; or take them off that server.",
        ))  # fmt: skip
    if left := sum(_leads_to(work.closed, text) for text in texts_in(told)) if work.closed else 0:
        found.append((
            "picture-still-named",
            f"The pictures of restricted pages are ours now, but the manifest names those of the other server in "
            f"{left} other places (parts, structures, annotations).",
        ))  # fmt: skip
    if work.shut and (strange := _strange_covers(work, told)):
        found.append((
            "cover-open-elsewhere",
            f"The manifest as a whole has pictures on another server that are no page's ({', '.join(strange)}): look "
            "whether they show what is restricted, and take them out if so.",
        ))  # fmt: skip
    found += _text_doubts(work, told)
    if not work.book.tells_all:
        found.append((
            "manifest-tells-more",
            "The object's policy tells strangers less of it than this manifest: put it where they do not come.",
        ))  # fmt: skip
    return found


def _text_doubts(work: _Work, told: Json) -> Iterator[tuple[str, str]]:
    doors = {work.book.canvas_id(row): work.book.access(row.n).doors for row in work.book.canvases}
    open_texts = {name: each.text_open for name, each in doors.items() if each.restricted}
    linked = [
        each
        for each in canvases_of(told)
        if id_of(each) in open_texts and _tells_more(each, text_open=open_texts[id_of(each)])
    ]
    if linked or (open_texts and _tells_more(told, text_open=all(open_texts.values()))):
        yield (
            "text-open-elsewhere",
            f"The manifest goes on telling everybody of texts and files of restricted pages (seeAlso, rendering, "
            f"annotations; {len(linked)} canvases): they lie on a server that knows nothing of our policies.",
        )


def _tells_more(holder: Json, *, text_open: bool) -> bool:
    """Return whether a canvas or a manifest leads to files that not everybody may have.

    Where everybody may have the text, they are those that may show the picture: a PDF, say.
    """
    if not text_open:
        return any(holder.get(key) for key in _TEXTS)
    return any(not str(each.get("format")).startswith("text/") for each in objects_of(holder.get("rendering")))


def pages_are(numbers: Sequence[int]) -> str:
    """Return pages as the beginning of a sentence: `page 2 is`, `pages 1, 2, 3 and 4 more are`."""
    named = ", ".join(map(str, numbers[:_MOST_NAMED]))
    more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
    return f"page {named} is" if len(numbers) == 1 else f"pages {named}{more} are"
