"""A whole PDF as a stream of bytes: pages with pictures, words, labels and bookmarks; one page at a time is held."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from services.presentation.pdf.font import OBJECTS, Codes, font_objects
from services.presentation.pdf.syntax import Objects, number, reference, references, text_string
from services.presentation.pdf.words import Placed, text_layer
from services.presentation.printable import printable

_CATALOG, _PAGES, _INFO, _METADATA, _NOTE_FONT, _FONT = 1, 2, 3, 4, 5, 6
_OUTLINE = _FONT + OBJECTS
_POINTS = 72 / 300  # a pixel, if it was scanned as most are
_SHORTEST, _LONGEST = 300.0, 3000.0  # points of the longer side of a page
_NOTE_SIZE = 0.03  # of the width of a page


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG with its size in pixels; `grey` if it has one band, else it has three."""

    data: bytes
    width: int
    height: int
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its canvas in pixels, the picture over all of it, its words, or a note that says what is missing."""

    width: int
    height: int
    picture: Picture | None = None
    words: Sequence[Placed] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A part of the book: its name, the page it begins on (from 0), and the parts inside it."""

    title: str
    page: int
    inner: Sequence["Bookmark"] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself. `labels` are those of all pages; `identity` is a digest in hexadecimal digits."""

    title: str
    labels: Sequence[str]
    identity: str
    bookmarks: Sequence[Bookmark] = ()
    languages: Sequence[str] = ()
    rights: str = ""
    source: str = ""
    made: int = 0
    leftwards: bool = False


def written(about: About, sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """Yield the bytes of a PDF 1.7, the pages as `sheets` gives them: as many as there are labels.

    The same values give the same bytes.
    """
    objects, codes = Objects(), Codes()
    marks = _numbered(about.bookmarks, _OUTLINE, _OUTLINE)
    first = _OUTLINE + 1 + len(marks)
    yield objects.head()
    yield from _front(objects, about, marks, first)
    for place, sheet in enumerate(sheets):
        yield from _page(objects, codes, sheet, first + 3 * place)
    yield from font_objects(objects, _FONT, codes)
    yield objects.tail(_CATALOG, _INFO, about.identity)


def _front(objects: Objects, about: About, marks: "list[_Mark]", first: int) -> Iterator[bytes]:
    """Yield what stands before the pages: what the file is, where its pages are, bookmarks."""
    pages = range(first, first + 3 * len(about.labels), 3)
    labels = b" ".join(b"%d <</P %s>>" % (n, text_string(label)) for n, label in enumerate(about.labels))
    entries = [b"/Type /Catalog /Pages %s /Metadata %s" % (reference(_PAGES), reference(_METADATA))]
    entries.append(b"/PageLabels <</Nums [%s]>>" % labels)
    turning = b" /Direction /R2L" if about.leftwards else b""
    entries.append(b"/ViewerPreferences <</DisplayDocTitle true%s>>" % turning)
    if about.languages:
        entries.append(b"/Lang " + text_string(about.languages[0]))
    if marks:
        entries.append(b"/Outlines %s /PageMode /UseOutlines" % reference(_OUTLINE))
    yield objects.object(_CATALOG, b"<<%s>>" % b" ".join(entries))
    yield objects.object(_PAGES, b"<</Type /Pages /Count %d /Kids %s>>" % (len(pages), references(pages)))
    made = datetime.fromtimestamp(about.made, UTC)
    stamp = made.strftime("(D:%Y%m%d%H%M%SZ)").encode()
    yield objects.object(
        _INFO, b"<</Title %s /Producer (Lectern) /CreationDate %s>>" % (text_string(about.title), stamp)
    )
    yield objects.stream(_METADATA, b"/Type /Metadata /Subtype /XML", _metadata(about, made), packed=False)
    yield objects.object(_NOTE_FONT, b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>")
    yield from _outline(objects, marks, first)


@dataclass(slots=True)
class _Mark:
    """A bookmark among the others: numbers of objects, 0 where there is none, and how many are below it."""

    own: int
    title: str
    page: int
    parent: int
    before: int
    after: int = 0
    first: int = 0
    last: int = 0
    below: int = 0


def _numbered(bookmarks: Sequence[Bookmark], parent: int, taken: int) -> list[_Mark]:
    """Return bookmarks, each before those inside it, numbered in this order after `taken`."""
    marks: list[_Mark] = []
    before: _Mark | None = None
    for bookmark in bookmarks:
        mark = _Mark(taken + 1, bookmark.title, bookmark.page, parent, before.own if before else 0)
        inner = _numbered(bookmark.inner, mark.own, mark.own)
        own = [each.own for each in inner if each.parent == mark.own]
        if own:
            mark.first, mark.last, mark.below = own[0], own[-1], len(inner)
        if before is not None:
            before.after = mark.own
        marks += [mark, *inner]
        before, taken = mark, mark.own + len(inner)
    return marks


def _outline(objects: Objects, marks: list[_Mark], first: int) -> Iterator[bytes]:
    if not marks:
        yield objects.object(_OUTLINE, b"null")
        return
    outer = [mark for mark in marks if mark.parent == _OUTLINE]
    ends = b"/First %s /Last %s" % (reference(outer[0].own), reference(outer[-1].own))
    yield objects.object(_OUTLINE, b"<</Type /Outlines %s /Count %d>>" % (ends, len(outer)))
    for mark in marks:
        links = {b"Prev": mark.before, b"Next": mark.after, b"First": mark.first, b"Last": mark.last}
        told = b" ".join(b"/%s %s" % (name, reference(to)) for name, to in links.items() if to)
        told += b" /Count %d" % -mark.below if mark.below else b""  # below zero: shut at first
        page = reference(first + 3 * mark.page)
        shown = b"/Title %s /Parent %s /Dest [%s /Fit]" % (text_string(mark.title), reference(mark.parent), page)
        yield objects.object(mark.own, b"<<%s %s>>" % (shown, told))


def _metadata(about: About, made: datetime) -> bytes:
    """Return what the file is as XMP, in which rights and languages have places of their own."""
    title = f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{_xml(about.title)}</rdf:li></rdf:Alt></dc:title>'
    told = [title, f"<xmp:CreateDate>{made:%Y-%m-%dT%H:%M:%SZ}</xmp:CreateDate>"]
    if about.languages:
        items = "".join(f"<rdf:li>{_xml(tag)}</rdf:li>" for tag in about.languages)
        told.append(f"<dc:language><rdf:Bag>{items}</rdf:Bag></dc:language>")
    if about.rights:
        rights = f'<rdf:li xml:lang="x-default">{_xml(about.rights)}</rdf:li>'
        told.append(f"<dc:rights><rdf:Alt>{rights}</rdf:Alt></dc:rights>")
    if about.source:
        told.append(f"<dc:source>{_xml(about.source)}</dc:source>")
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f'{"".join(told)}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return packet.encode()


def _xml(text: str) -> str:
    return escape(printable(text))


def _page(objects: Objects, codes: Codes, sheet: Sheet, own: int) -> Iterator[bytes]:
    """Yield a page, what is drawn on it, and its picture: three objects, the last of them empty without a picture."""
    scale = page_scale(sheet.width, sheet.height)
    width, height = sheet.width * scale, sheet.height * scale
    fonts = b"/Font <</F %s /N %s>>" % (reference(_FONT), reference(_NOTE_FONT))
    pictures = b"" if sheet.picture is None else b" /XObject <</P %s>>" % reference(own + 2)
    box = b"[0 0 %s %s]" % (number(width), number(height))
    yield objects.object(
        own,
        b"<</Type /Page /Parent %s /MediaBox %s /Contents %s /Resources <<%s%s>>>>"
        % (reference(_PAGES), box, reference(own + 1), fonts, pictures),
    )
    drawn = text_layer(sheet.words, b"/F", scale, height, codes)
    if sheet.picture is not None:
        drawn = b"q %s 0 0 %s 0 0 cm /P Do Q\n" % (number(width), number(height)) + drawn
    if sheet.note:
        size, said = width * _NOTE_SIZE, sheet.note.encode("cp1252", "replace").hex().encode()
        place = b"%s %s Td" % (number(width * 0.1), number(height * 0.5))
        drawn += b"BT 0 Tr 100 Tz 0.4 g /N %s Tf %s <%s> Tj ET\n" % (number(size), place, said)
    yield objects.stream(own + 1, b"", drawn)
    yield objects.object(own + 2, b"null") if sheet.picture is None else _image(objects, sheet.picture, own + 2)


def _image(objects: Objects, picture: Picture, own: int) -> bytes:
    space = b"/DeviceGray" if picture.grey else b"/DeviceRGB"
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8" % (
        picture.width,
        picture.height,
        space,
    )
    return objects.stream(own, entries + b" /Filter /DCTDecode", picture.data, packed=False)


def page_scale(width: int, height: int) -> float:
    """Return how many points a pixel of a canvas is on its page: that of 300 dpi, if the page is of a usual size."""
    longer = max(width, height)
    return min(_LONGEST, max(_SHORTEST, longer * _POINTS)) / longer
