"""From a source's own units to whole canvas pixels, by section 8 of the list of traps and DESIGN section 2."""

from math import ceil, floor

from tests.golden.second.model import Box, Line, Page, around, portion

_PER_UNIT = {"pixel": 1.0, "mm10": 300 / 254, "inch1200": 300 / 1200}
Size = tuple[int, int]


def canvas_of(page: Page, image: Size | None, mets: Size | None, given: Size | None) -> Size:
    """Return the canvas: the manifest's, the picture's, that of METS, the page's, or where its boxes end."""
    for size in (given, image, mets):
        if size:
            return size
    if page.lines and all(line.time and not line.box for line in page.lines):
        page.media = True
        return 1920, 1080
    if page.relative and not page.width:
        page.warnings.add("no-page-size")
        return 1000, 1414
    factor = _PER_UNIT[page.unit]
    if page.width and page.height:
        return max(1, round(page.width * factor)), max(1, round(page.height * factor))
    page.warnings.add("no-page-size")
    boxes = [*page.blocks, *(line.box for line in page.lines if line.box)]
    end = around([*boxes, *(word.box for line in page.lines for word in line.words if word.box)])
    if end is None:
        return 1000, 1414
    return max(1, ceil(end[2] * factor)), max(1, ceil(end[3] * factor))


def place(page: Page, canvas: Size) -> None:
    """Change all boxes of a page to whole pixels; what has none gets what holds it."""
    factor = _PER_UNIT[page.unit]
    _set_upright(page, canvas)
    if page.relative and not page.width:
        page.width = page.height = 1
    sx = canvas[0] / page.width if page.width else factor
    sy = canvas[1] / page.height if page.height else factor
    if page.width == 1 or page.media:
        pass
    elif not page.width or not page.height:
        page.warnings.add("no-page-size")
    elif not 0.98 <= (sx / sy) <= 1.02:
        page.warnings.add("scale-suspicious")

    def whole(box: Box | None) -> Box | None:
        return _whole(box, page.origin, (sx, sy), canvas)

    for line in page.lines:
        _place_line(line, whole, canvas)
        text = "".join(word.text for word in line.words)
        if line.direction is None and line.box and len(text) > 1 and "\u3000" <= text[0] <= "\u9fff":
            # A column of Chinese or Japanese signs is written downwards, whether the file says so or not.
            line.direction = "ttb" if line.box[3] - line.box[1] > 2 * (line.box[2] - line.box[0]) else None


def _set_upright(page: Page, canvas: Size) -> None:
    """Turn a page that lies on its side against the canvas, by its own word or by the way that its words go."""
    if not page.width or not page.height or page.media or page.relative:
        return
    bent, lying = canvas[0] / page.width * page.height / canvas[1], canvas[0] / page.height * page.width / canvas[1]
    if 0.98 <= bent <= 1.02 or not 0.98 <= lying <= 1.02:
        return
    quarter = page.rotation % 360 if page.rotation % 360 in (90, 270) else _quarter_by_words(page)
    if not quarter:
        return
    width, height = page.width, page.height
    (ox, oy), page.origin = page.origin, (0, 0)

    def corner(x: float, y: float) -> tuple[float, float]:
        return (height - (y - oy), x - ox) if quarter == 90 else (y - oy, width - (x - ox))

    def turned(box: Box | None) -> Box | None:
        return around([corner(box[0], box[1]) * 2, corner(box[2], box[3]) * 2]) if box else None

    page.blocks = [box for block in page.blocks if (box := turned(block))]
    for line in page.lines:
        line.box, line.block = turned(line.box), turned(line.block)
        for word in line.words:
            word.box = turned(word.box)
    page.width, page.height = height, width
    page.warnings.add("rotated")


def _quarter_by_words(page: Page) -> int:
    votes = []
    for line in page.lines:
        boxes = [word.box for word in line.words if word.box]
        if len(boxes) > 1:
            (ax, ay), (bx, by) = (((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in (boxes[0], boxes[-1]))
            votes.append(0 if abs(by - ay) <= 2 * abs(bx - ax) else 270 if by > ay else 90)
    return next((turn for turn in (90, 270) if votes and votes.count(turn) >= 0.8 * len(votes)), 0)


def _whole(box: Box | None, origin: tuple[float, float], scale: tuple[float, float], canvas: Size) -> Box | None:
    if box is None:
        return None
    sides = []
    for axis in (0, 1):
        start = (box[axis] - origin[axis]) * scale[axis]
        end = (box[axis + 2] - origin[axis]) * scale[axis]
        seen = min(end, canvas[axis]) - max(start, 0)
        if end > start and seen < (end - start) / 2:
            return None
        first = min(max(floor(round(start, 6)), 0), canvas[axis] - 1)
        sides.append((first, max(min(ceil(round(end, 6)), canvas[axis]), first + 1)))
    return sides[0][0], sides[1][0], sides[0][1], sides[1][1]


def _place_line(line: Line, whole, canvas: Size) -> None:
    block = whole(line.block)
    line.box = whole(line.box)
    boxes = [whole(word.box) for word in line.words]
    if line.box is None:
        line.box = around([box for box in boxes if box])
    if line.box and not any(boxes):
        text, at = " ".join(word.text for word in line.words), 0
        for word in line.words:
            share = portion(line.box, text, at, at + len(word.text), line.direction)
            word.box = floor(share[0]), floor(share[1]), ceil(share[2]), ceil(share[3])
            word.estimated, at = True, at + len(word.text) + 1
        return
    for word, box in zip(line.words, boxes, strict=True):
        if box is None or _noise(box, line.box, canvas):
            word.box = line.box or block
            word.estimated = word.box is not None
        else:
            word.box = box


def _noise(box: Box, line: Box | None, canvas: Size) -> bool:
    if line is None or box == line:
        return False
    area = (box[2] - box[0]) * (box[3] - box[1])
    return area > canvas[0] * canvas[1] / 2 or box[3] - box[1] > 3 * (line[3] - line[1])
