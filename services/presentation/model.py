"""What a manifest is made of: plain values, and the small decisions that both Presentation versions share."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from image.geometry import inside
from lectern.catalogue import BY_TIME, CanvasRow, ObjectRow, RangeRow
from lectern.description import NOTHING_SAID, Description
from lectern.ids import ImageId
from lectern.urls import Urls
from services.presentation.lending import borrowed_picture, small_picture

Json = dict[str, Any]

THUMBNAIL_WIDTH = 240
THUMBNAIL_HEIGHT = 320

_LANGUAGE_NAMES = {
    "ar": "Arabic", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "grc": "Ancient Greek",
    "he": "Hebrew", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "la": "Latin",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sa": "Sanskrit",
    "sv": "Swedish", "syr": "Syriac", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "yi": "Yiddish",
    "zh": "Chinese",
}  # fmt: skip
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "syr", "ur", "yi"})


class Detail(Enum):
    """How much of a restricted object its manifest tells."""

    FULL = "full"
    MINIMAL = "minimal"


def _no_probe(_image: ImageId) -> Json | None:
    return None


@dataclass(frozen=True, slots=True)
class Doors:
    """How readers come in: the auth services that a manifest repeats from info.json (PR3-11, TH-86).

    An object that is open to everybody has no doors. `tier` names the version of the pictures that everybody
    may see, None if there is none. With `text_open` everybody may have the text, whoever sees the pictures.
    """

    restricted: bool = False
    auth1: Sequence[Json] = ()
    probe: Callable[[ImageId], Json | None] = _no_probe
    tier: str | None = None
    text_open: bool = False


OPEN_DOORS = Doors()


@dataclass(frozen=True, slots=True)
class Access:
    """What a manifest tells of some pages: the doors to them, and whether they are shown at all (`told`).

    A page that is not told keeps its canvas, for the others to stay in their places, but nothing is on it.
    """

    doors: Doors = OPEN_DOORS
    told: bool = True


def _first(pages: tuple[int, int, Access]) -> int:
    return pages[0]


@dataclass(frozen=True, slots=True)
class Book:
    """One object as its manifests show it; `durations` are seconds by canvas number, of recordings.

    `description` is what is said of it beyond its row (`services.presentation.described` puts both together).
    `others` are pages with an access of their own, as (first, last, access), both ends in it, in order. With
    `pictures_elsewhere` another image server has a picture for every canvas. The pictures that canvases `withheld`
    borrow from somebody else are not told of. `remarked` are the canvases that have annotations beside their text;
    `pdf` says whether the object can be had as a PDF.
    """

    row: ObjectRow
    canvases: Sequence[CanvasRow]
    urls: Urls
    doors: Doors = OPEN_DOORS
    detail: Detail = Detail.FULL
    ranges: Sequence[RangeRow] = ()
    durations: Mapping[int, float] = field(default_factory=dict)
    others: Sequence[tuple[int, int, Access]] = ()
    pictures_elsewhere: bool = False
    withheld: frozenset[int] = frozenset()
    remarked: Collection[int] = ()
    pdf: bool = False
    description: Description = NOTHING_SAID

    def access(self, n: int) -> Access:
        """Return what is told of canvas `n`, and the doors to it."""
        place = bisect_right(self.others, n, key=_first) - 1
        if place >= 0 and n <= self.others[place][1]:
            return self.others[place][2]
        return Access(self.doors)

    @property
    def has_restrictions(self) -> bool:
        """Return whether any page is restricted."""
        return self.doors.restricted or any(access.doors.restricted for _, _, access in self.others)

    @property
    def tells_all(self) -> bool:
        """Return whether more is told than what a viewer needs to open the book and to sign in."""
        return self.detail is Detail.FULL

    def searchable(self) -> bool:
        """Return whether search services are declared.

        An object with restricted pages always declares them: leaving them out would tell that it has no text, and
        the manifest is one and the same for every reader (TH-82, TH-86).
        """
        return self.tells_all and (self.has_restrictions or self.row.words > 0)

    def has_text(self, canvas: CanvasRow) -> bool:
        """Return whether a canvas refers to the list of its lines; the same reasons as `searchable`."""
        access = self.access(canvas.n)
        return self.tells_all and access.told and (access.doors.restricted or canvas.words > 0)

    def has_places(self, canvas: CanvasRow) -> bool:
        """Return whether a canvas refers to its text as files of OCR: one with a text that lies on the page."""
        return self.has_text(canvas) and canvas.scale_by != BY_TIME

    def has_remarks(self, canvas: CanvasRow) -> bool:
        """Return whether a canvas refers to the list of what is beside its text; the same reasons as `searchable`."""
        access = self.access(canvas.n)
        return self.tells_all and access.told and (access.doors.restricted or canvas.n in self.remarked)

    def canvas_id(self, canvas: CanvasRow) -> str:
        """Return the canvas's id, the same in both versions (DESIGN section 4)."""
        return self.urls.absolute(canvas.canvas)

    def canvas_label(self, canvas: CanvasRow) -> str:
        """Return the canvas's label: its number where there is none, or where little is told."""
        return (canvas.label if self.tells_all and self.access(canvas.n).told else "") or str(canvas.n)

    def start(self) -> CanvasRow | None:
        """Return the canvas to open first, None where nobody said or little is told."""
        if not self.tells_all or self.description.start is None:
            return None
        return next((row for row in self.canvases if row.n == self.description.start), None)

    def parts(self) -> list["Part"]:
        """Return the ranges that are shown: none where little is told, for their labels tell what is inside."""
        if not self.tells_all:
            return []
        inner: dict[int | None, list[RangeRow]] = {}
        for row in self.ranges:
            inner.setdefault(row.parent, []).append(row)
        canvases = {row.n: row for row in self.canvases}
        return [_part(row, inner, canvases) for row in inner.get(None, [])]

    def image_id(self, canvas: CanvasRow) -> ImageId | None:
        """Return the identifier of the canvas's image, None for a canvas without a picture that may be told."""
        if not canvas.has_picture(self.pictures_elsewhere) or not self.access(canvas.n).told:
            return None
        return ImageId(self.row.id, canvas.n)

    def borrows(self, canvas: CanvasRow) -> bool:
        """Return whether the picture of a canvas is somebody else's; one of ours goes before it."""
        return bool(canvas.borrowed) and not canvas.has_picture(self.pictures_elsewhere)

    def lent(self, canvas: CanvasRow) -> str:
        """Return the picture of somebody else that may be told of, as the catalogue keeps it; empty for none."""
        shown = self.borrows(canvas) and canvas.n not in self.withheld and self.access(canvas.n).told
        return canvas.borrowed if shown else ""

    def borrowed(self, canvas: CanvasRow) -> Json | None:
        """Return the same as a content resource of Presentation 3, None for none."""
        return borrowed_picture(self.lent(canvas))


@dataclass(frozen=True, slots=True)
class Part:
    """A range, the parts inside it, and the canvases that are in none of these, all in order."""

    row: RangeRow
    parts: Sequence["Part"]
    canvases: Sequence[CanvasRow]

    def items(self) -> list["Part | CanvasRow"]:
        """Return parts and canvases in the order of their first canvas."""
        placed = [(part.row.canvases[0], 1, part) for part in self.parts]
        both: list[tuple[int, int, Part | CanvasRow]] = [*placed, *((row.n, 0, row) for row in self.canvases)]
        return [item for _, _, item in sorted(both, key=lambda each: each[:2])]


def _part(row: RangeRow, inner: dict[int | None, list[RangeRow]], canvases: dict[int, CanvasRow]) -> Part:
    parts = [_part(each, inner, canvases) for each in inner.get(row.r, [])]
    covered = {n for part in parts for n in part.row.canvases}
    return Part(row, parts, [canvases[n] for n in row.canvases if n not in covered and n in canvases])


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture: where, and its size in pixels."""

    url: str
    width: int
    height: int


def thumbnail(book: Book, canvas: CanvasRow) -> Thumbnail | None:
    """Return the small picture of a canvas that every reader may load, or None (TH-86).

    It lies inside 240 by 320 pixels, is never enlarged, and is asked for in the canonical form of Image API 2.1
    (`w,`). A restricted page shows its public tier, and nothing when it has none. That of a borrowed picture is told
    to whom the picture is told.
    """
    if lent := book.lent(canvas) if book.tells_all else "":
        small = small_picture(lent, _small(canvas))
        return Thumbnail(*small) if small else None
    doors = book.access(canvas.n).doors
    if book.image_id(canvas) is None or not book.tells_all or (doors.restricted and doors.tier is None):
        return None
    width, height = _small(canvas)
    image = ImageId(book.row.id, canvas.n, doors.tier if doors.restricted else None)
    return Thumbnail(f"{book.urls.image(image, 2)}/full/{width},/0/default.jpg", width, height)


def _small(canvas: CanvasRow) -> tuple[int, int]:
    return inside((THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT), (canvas.width, canvas.height))


def cover(book: Book) -> Thumbnail | None:
    """Return the thumbnail of the first canvas that has one."""
    return next((small for canvas in book.canvases if (small := thumbnail(book, canvas))), None)


def language_name(tag: str) -> str:
    """Return the English name of a BCP 47 tag's language, or the tag itself."""
    return _LANGUAGE_NAMES.get(_primary(tag), tag)


def viewing_direction(row: ObjectRow) -> str:
    """Return which way the pages turn, as IIIF names it: as was said, else by the first language; else empty.

    Japanese and Chinese books turn as their lines run, which their language does not tell.
    """
    if row.viewing_direction:
        return row.viewing_direction
    return "right-to-left" if row.languages and _primary(row.languages[0]) in _RIGHT_TO_LEFT else ""


def facts(row: ObjectRow) -> list[tuple[str, str]]:
    """Return what a manifest's metadata says of an object, as (label, value)."""
    told = []
    if row.languages:
        told.append(("Language", ", ".join(language_name(tag) for tag in row.languages)))
    if row.original_id and row.original_id != row.id:
        told.append(("Identifier", row.original_id))
    return told


def _primary(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()
