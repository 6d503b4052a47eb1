"""From the units of a source to whole canvas pixels: done once, after the readers and before everything else."""

from dataclasses import dataclass
from math import ceil, floor

from ingest.shares import reads_leftwards, share_of
from ingest.traps import warning
from lectern.catalogue import BY_TIME
from lectern.words import Block, Box, Line, Page, Word, union

Size = tuple[int, int]

_DPI = 300
_PIXELS_PER_UNIT = {"pixel": 1.0, "mm10": _DPI / 254, "inch1200": _DPI / 1200}
_UNSCANNED: Size = (1000, 1414)  # a page that nobody measured and that holds no box
_SCREEN: Size = (1920, 1080)  # of a recording that nobody measured
_PER_CENT = 100
SHAPE_TOLERANCE = 0.02
_NOISE_AREA = 0.5  # of the page
_NOISE_HEIGHT = 3  # of the line
_MOSTLY = 0.5
_FUZZ = 6  # decimals: 12.0000000001 is 12, not 13


@dataclass(frozen=True, slots=True)
class Canvas:
    """A canvas' size in pixels, and what that size and the scale of the boxes were taken from."""

    width: int
    height: int
    scale_by: str


def canvas_for(page: Page | None, image: Size | None, mets: Size | None, given: Size | None = None) -> Canvas:
    """Return the canvas of a page: the picture's size, else METS MIX, else the OCR page's (DESIGN section 2).

    `given` is the size of the canvas in a manifest made elsewhere: hits are shown on that canvas, so it decides.
    Non-pixel units count at 300 dpi. A page without any size gets the extent of its boxes.
    """
    timed = page is not None and _is_timed(page)
    screen = _SCREEN if timed else None
    for size, method in ((given, "manifest"), (image, "image"), (mets, "mets"), (screen, BY_TIME)):
        if size is not None:
            return Canvas(*size, BY_TIME if timed else method)
    if page is None:
        return Canvas(*_UNSCANNED, "none")
    per_unit = _PIXELS_PER_UNIT[page.unit]
    if _is_relative(page):
        return Canvas(*_UNSCANNED, "none")
    if page.width and page.height:
        method = "ocr-page" if page.unit == "pixel" else f"{page.unit}-300dpi"
        return Canvas(max(1, round(page.width * per_unit)), max(1, round(page.height * per_unit)), method)
    boxes = _all_boxes(page)
    if not boxes:
        return Canvas(*_UNSCANNED, "none")
    extent = union(boxes)
    right, bottom = (max(1, ceil(side * per_unit)) for side in (extent.right, extent.bottom))
    return Canvas(right, bottom, "word-extent")


def _is_relative(page: Page) -> bool:
    """Return whether boxes are told in hundredths of the page, or as fractions of it: then it has no shape."""
    return page.width is not None and page.width == page.height and page.width <= _PER_CENT


def _is_timed(page: Page) -> bool:
    return any(line.time is not None for line in page.lines()) and not _all_boxes(page)


def _all_boxes(page: Page) -> list[Box]:
    holders: list[Block | Line | Word] = [*page.blocks, *page.lines(), *page.words()]
    return [holder.box for holder in holders if holder.box is not None]


def place_on(page: Page, canvas: Canvas) -> None:
    """Change a page's boxes, in place, from its own unit to whole pixels of a canvas.

    Left and top are rounded down, right and bottom up; boxes end at the canvas' edges and are at least 1 by 1.
    A word without a box of its own gets its share of the line's, else the block's box, else none; it is then
    marked as estimated. A noise glyph's box as large as half the page is replaced in the same way.
    """
    page.warnings += _doubts(page, canvas)
    scale = _Scale.of(page, canvas)
    for block in page.blocks:
        block.box = scale.apply(block.box)
        for line in block.lines:
            _place_line(line, block, scale)
    page.width, page.height, page.x, page.y, page.unit = canvas.width, canvas.height, 0.0, 0.0, "pixel"


def _doubts(page: Page, canvas: Canvas) -> list[str]:
    """Return warnings where the scale is a guess or looks wrong."""
    if canvas.scale_by == "word-extent":
        return [warning("no-page-size", "the page gives no size; the canvas ends where its last box ends")]
    if canvas.scale_by == "none":
        return [warning("no-page-size", f"nothing gives a size; the canvas is {canvas.width} x {canvas.height}")]
    measured_there = canvas.scale_by == "manifest" and bool(page.canvas) and not page.width  # annotations are
    if canvas.scale_by == BY_TIME or measured_there or _is_relative(page):
        return []
    if not page.width or not page.height:
        return [warning("no-page-size", "the OCR page gives no size; its boxes are taken as pixels of the canvas")]
    across, down = canvas.width / page.width, canvas.height / page.height
    if abs(across / down - 1) > SHAPE_TOLERANCE:
        return [
            warning(
                "scale-suspicious",
                f"the OCR page is {page.width:g} x {page.height:g}, the canvas {canvas.width} x {canvas.height}: "
                "another picture, a cut or a turned one?",
            )
        ]
    return []


@dataclass(frozen=True, slots=True)
class _Scale:
    """The map from a page's own unit to canvas pixels."""

    x: float
    y: float
    across: float
    down: float
    width: int
    height: int

    @classmethod
    def of(cls, page: Page, canvas: Canvas) -> "_Scale":
        per_unit = _PIXELS_PER_UNIT[page.unit]
        across = canvas.width / page.width if page.width else per_unit
        down = canvas.height / page.height if page.height else per_unit
        return cls(page.x, page.y, across, down, canvas.width, canvas.height)

    def apply(self, box: Box | None) -> Box | None:
        """Return a box in whole pixels inside the canvas; None if it has none or lies mostly outside."""
        if box is None:
            return None
        left, right = (box.x - self.x) * self.across, (box.right - self.x) * self.across
        top, bottom = (box.y - self.y) * self.down, (box.bottom - self.y) * self.down
        inside_x = max(0.0, min(right, self.width) - max(left, 0.0))
        inside_y = max(0.0, min(bottom, self.height) - max(top, 0.0))
        if inside_x < _MOSTLY * (right - left) or inside_y < _MOSTLY * (bottom - top):
            return None
        x0, x1 = _whole(left, right, self.width)
        y0, y1 = _whole(top, bottom, self.height)
        return Box(x0, y0, x1 - x0, y1 - y0)


def _whole(start: float, end: float, limit: int) -> tuple[int, int]:
    """Return an interval rounded outwards, cut to 0 and `limit`, at least 1 long."""
    first = min(max(floor(round(start, _FUZZ)), 0), limit - 1)
    return first, max(min(ceil(round(end, _FUZZ)), limit), first + 1)


def _place_line(line: Line, block: Block, scale: _Scale) -> None:
    given = [scale.apply(word.box) for word in line.words]
    line.box = scale.apply(line.box)
    if line.box is None:
        known = [box for box in given if box is not None]
        line.box = union(known) if known else None
    if all(box is None for box in given) and line.box is not None:
        _share_out(line, line.box)
        return
    substitute = line.box or block.box
    for word, box in zip(line.words, given, strict=True):
        if box is None or _is_noise(box, line, scale):
            word.box, word.estimated = substitute, substitute is not None
        else:
            word.box = box


def _is_noise(box: Box, line: Line, scale: _Scale) -> bool:
    if line.box is None or box == line.box:
        return False
    too_large = box.w * box.h > _NOISE_AREA * scale.width * scale.height
    return too_large or box.h > _NOISE_HEIGHT * line.box.h


def _share_out(line: Line, box: Box) -> None:
    """Give every word of a line without word boxes its share of the line's box by characters."""
    total = sum(len(word.text) + 1 for word in line.words) - 1
    place = 0
    stated = line.direction
    leftwards = stated == "rtl" or (stated is None and reads_leftwards(" ".join(word.text for word in line.words)))
    for word in line.words:
        start, end = place / total, (place + len(word.text)) / total
        _give_share(word, share_of(box, start, end, leftwards=leftwards, direction=stated))
        place += len(word.text) + 1


def _give_share(word: Word, share: Box) -> None:
    x, y = floor(share.x), floor(share.y)
    word.box = Box(x, y, max(1, ceil(share.right) - x), max(1, ceil(share.bottom) - y))
    word.estimated = True
