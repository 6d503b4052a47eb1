"""From the units of a source to whole canvas pixels: done once, after the readers and before everything else."""

import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from math import ceil, floor

from ingest.shares import is_upright, share_of
from ingest.traps import warning
from ingest.turning import turn_of, turn_page
from lectern.catalogue import BY_TIME
from lectern.running import reads_leftwards
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
_HAIR = 5e-7  # 12.0000001 is 12, not 13
_UP = 1 - _HAIR
# Han, kana, bopomofo and their punctuation; Mongolian and Phags-pa.
_WRITTEN_DOWNWARDS = re.compile(
    "[\u3000-\u30ff\u3100-\u312f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u1800-\u18af\ua840-\ua87f]+"
)


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
    marked as estimated. A noise glyph's box as large as half the page is replaced in the same way. A page that
    lies on its side against the canvas is turned before, if its lines tell which way.
    """
    page.warnings += _doubts(page, canvas)
    scale = _Scale.of(page, canvas)
    place = scale.place
    for block in page.blocks:
        block.box = place(block.box)
        for line in block.lines:
            _place_line(line, block, scale, place)
            if line.direction is None and line.box is not None and is_upright(line.box) and _is_column(line):
                line.direction = "ttb"
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
    return _doubts_of_shape(page, page.width, page.height, canvas)


def _doubts_of_shape(page: Page, width: float, height: float, canvas: Canvas) -> list[str]:
    """Return warnings where a page has another shape than its canvas; one that lies on its side is turned."""
    shape = f"the OCR page is {width:g} x {height:g}, the canvas {canvas.width} x {canvas.height}"
    if same_shape(width, height, canvas.width, canvas.height):
        return []
    if same_shape(height, width, canvas.width, canvas.height):
        turn = turn_of(page)
        if turn is not None:
            turn_page(page, turn)
            return [warning("rotated", f"{shape}: its boxes were turned by {turn} degrees clockwise")]
        return [warning("scale-suspicious", f"{shape}: one of them lies on its side, and no line tells which way")]
    return [warning("scale-suspicious", f"{shape}: another picture, a cut or a turned one?")]


def same_shape(width: float, height: float, across: float, down: float) -> bool:
    """Return whether two rectangles have the same ratio of their sides, to 2 %."""
    return abs(across * height / (width * down) - 1) <= SHAPE_TOLERANCE


def _is_column(line: Line) -> bool:
    """Return whether an upright line holds several signs of a script that is written downwards."""
    text = "".join(word.text for word in line.words)
    return len(text) > 1 and _WRITTEN_DOWNWARDS.match(text) is not None


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

    @property
    def place(self) -> "Placing":
        """Return the map as a function: to a box in whole pixels, None for none and for one mostly outside."""
        origin_x, origin_y, across, down, width, height = astuple(self)

        def place(box: Box | None) -> Box | None:
            if box is None:
                return None
            x, y, w, h = box
            left, top = (x - origin_x) * across, (y - origin_y) * down
            right, bottom = left + w * across, top + h * down
            if left < 0 or top < 0 or right > width or bottom > height:
                if not _mostly_inside(left, right, width) or not _mostly_inside(top, bottom, height):
                    return None
                left, right = max(left, 0.0), min(right, float(width))
                top, bottom = max(top, 0.0), min(bottom, float(height))
            # Rounded outwards; what is a hair's breadth over a whole pixel is that pixel.
            x0, x1, y0, y1 = int(left + _HAIR), int(right + _UP), int(top + _HAIR), int(bottom + _UP)
            if x1 <= x0:
                x0, x1 = min(x0, width - 1), min(x0, width - 1) + 1
            if y1 <= y0:
                y0, y1 = min(y0, height - 1), min(y0, height - 1) + 1
            return Box(x0, y0, x1 - x0, y1 - y0)

        return place


Placing = Callable[[Box | None], Box | None]


def _mostly_inside(start: float, end: float, limit: float) -> bool:
    return max(0.0, min(end, limit) - max(start, 0.0)) >= _MOSTLY * (end - start)


def _place_line(line: Line, block: Block, scale: _Scale, place: Placing) -> None:
    words = line.words
    given = [place(word.box) for word in words]
    line.box = place(line.box)
    if line.box is None:
        known = [box for box in given if box is not None]
        line.box = union(known) if known else None
    elif given.count(None) == len(given):
        _share_out(line, line.box)
        return
    if line.box is None:
        for word in words:
            word.box, word.estimated = block.box, block.box is not None
        return
    # A box higher than the line or half as large as the page is one of a stain, not of a word.
    most_area, most_height = _NOISE_AREA * scale.width * scale.height, _NOISE_HEIGHT * line.box.h
    for word, box in zip(words, given, strict=True):
        if box is None or ((box[3] > most_height or box[2] * box[3] > most_area) and box != line.box):
            word.box, word.estimated = line.box, True
        else:
            word.box = box


def _share_out(line: Line, box: Box) -> None:
    """Give every word of a line without word boxes its share of the line's box by characters."""
    direction = line.direction
    leftwards = direction == "rtl" or (direction is None and reads_leftwards(" ".join(w.text for w in line.words)))
    total = sum(len(word.text) + 1 for word in line.words) - 1
    place = 0
    for word in line.words:
        start, end = place / total, (place + len(word.text)) / total
        share = share_of(box, start, end, leftwards=leftwards, direction=direction)
        x, y = floor(share.x), floor(share.y)
        word.box = Box(x, y, max(1, ceil(share.right) - x), max(1, ceil(share.bottom) - y))
        word.estimated = True
        place += len(word.text) + 1
