"""A home whose every word, box and page is known: what the viewers are tried with.

Pages are drawn so that a screenshot tells where the page lies and how sharp it is: it has a magenta mark at the
left and at the right edge, and stripes that the reduced version of a restricted page melts into grey.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips
from click.testing import CliRunner

from services.cli import main

WIDTH, HEIGHT = 1200, 1600
MARK, MARK_TOP = 80, 440  # the marks' side, and where they begin
MAGENTA = (255, 0, 255)
STRIPES = (120, 600, 960, 640)
_STRIPE = 8
_INK = (40, 30, 20)
_LEFT, _TOP, _ACROSS, _DOWN = 120, 140, 190, 90
_WORD_WIDTH, _WORD_HEIGHT = 160, 44

READER, STRANGE_READER, PASSWORD = "reader", "visitor", "a long enough pass phrase"
POLICIES = """
[policies.readers]
patterns = ["login"]
roles = ["reader"]
substitute = { max_scale = 0.08 }

[policies.vault]
patterns = ["login"]
roles = ["reader"]

[policies.terms]
patterns = ["clickthrough"]

[policies.kiosk]
patterns = ["kiosk"]
networks = ["127.0.0.0/8", "::1"]
"""

Line = list[str]
HERBAL: list[list[Line]] = [
    [["a", "herbal", "of", "the", "garden"], ["by", "a", "gentle", "hand"]],
    [["by", "the", "lantern", "light", "a"], ["most", "rare", "plant", "and", "won-"], ["derful", "to", "behold"]],
    [["in", "the", "café", "near", "here"], ["another", "lantern", "burns", "low"]],
]
RESTRICTED: list[list[Line]] = [
    [["dear", "friend", "the", "commodore"], ["has", "sailed"]],
    [["yours", "the", "commodore"], ["of", "the", "fleet"]],
]
COMMON, COMMON_A_PAGE, VOLUME_PAGES = "harbour", 27, 40
COMMON_HITS = COMMON_A_PAGE * VOLUME_PAGES

# The objects of the home, by id; each but the first two is under the policy of its name.
OPEN, VOLUME = "herbal", "volume"
READERS, VAULT, TERMS, KIOSK = "readers", "vault", "terms", "kiosk"


@dataclass(frozen=True)
class Box:
    """A rectangle: left, top, width and height, in pixels of a canvas or of the screen."""

    x: float
    y: float
    width: float
    height: float

    def near(self, other: "Box", slack: float) -> bool:
        """Return whether no edge is further than `slack` from the other's."""
        mine = (self.x, self.y, self.x + self.width, self.y + self.height)
        theirs = (other.x, other.y, other.x + other.width, other.y + other.height)
        return all(abs(a - b) <= slack for a, b in zip(mine, theirs, strict=True))


def box(line: int, column: int) -> Box:
    """Return where the word of a line and a column lies on its canvas; both count from 0."""
    return Box(_LEFT + column * _ACROSS, _TOP + line * _DOWN, _WORD_WIDTH, _WORD_HEIGHT)


def make_home(folder: Path) -> Path:
    """Write a home with the open book, the volume of a thousand hits and the restricted objects; returns it."""
    home, sources = folder / "home", folder / "sources"
    home.mkdir(parents=True)
    (home / "policies.toml").write_text(POLICIES)
    _write_object(sources / OPEN, HERBAL)
    _write_object(sources / VOLUME, [[[COMMON] * 3] * (COMMON_A_PAGE // 3)] * VOLUME_PAGES)
    for name in (READERS, VAULT, TERMS, KIOSK):
        _write_object(sources / name, RESTRICTED)
    _lectern(home, "ingest", str(sources / OPEN), str(sources / VOLUME))
    for name in (READERS, VAULT, TERMS, KIOSK):
        _lectern(home, "ingest", str(sources / name), "--policy", name)
    for name, role in ((READER, "reader"), (STRANGE_READER, "guest")):
        _lectern(home, "user", "add", name, "--role", role, "--password-stdin", given=f"{PASSWORD}\n")
    return home


def _lectern(home: Path, *arguments: str, given: str | None = None) -> None:
    done = CliRunner().invoke(main, ["--home", str(home), *arguments], input=given)
    assert done.exit_code == 0, done.output


def _write_object(folder: Path, pages: list[list[Line]]) -> None:
    """Write a folder of page pictures and hOCR; equal pages are drawn once."""
    folder.mkdir(parents=True)
    drawn: dict[str, bytes] = {}
    for n, lines in enumerate(pages, start=1):
        key = repr(lines)
        drawn[key] = drawn.get(key) or _picture(lines)
        (folder / f"p{n:03}.png").write_bytes(drawn[key])
        (folder / f"p{n:03}.hocr").write_text(_hocr(lines, n))


def _picture(lines: list[Line]) -> bytes:
    """Return a page as PNG: corners, stripes, and a block of ink in the place of each word."""
    page: Any = pyvips.Image.black(WIDTH, HEIGHT).new_from_image([255, 255, 255]).copy(interpretation="srgb")
    left, top, width, height = STRIPES
    rectangles = [(MAGENTA, x, MARK_TOP, MARK, MARK) for x in (0, WIDTH - MARK)]
    rectangles += [((0, 0, 0), left + x, top, _STRIPE, height) for x in range(0, width, 2 * _STRIPE)]
    for row, line in enumerate(lines):
        for column, _ in enumerate(line):
            word = box(row, column)
            rectangles.append((_INK, int(word.x), int(word.y), int(word.width), int(word.height)))
    for colour, x, y, across, down in rectangles:
        page = page.draw_rect(list(colour), x, y, across, down, fill=True)
    png: bytes = page.pngsave_buffer()
    return png


def _hocr(lines: list[Line], n: int) -> str:
    body = "".join(
        f"<span class='ocr_line' title='{_bbox(box(row, 0), box(row, len(line) - 1))}'>"
        + " ".join(
            f"<span class='ocrx_word' title='{_bbox(box(row, column), box(row, column))}'>{word}</span>"
            for column, word in enumerate(line)
        )
        + "</span>\n"
        for row, line in enumerate(lines)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title></title></head>'
        f"<body><div class='ocr_page' id='page_{n}' title='bbox 0 0 {WIDTH} {HEIGHT}'><div class='ocr_carea'>"
        f"<p class='ocr_par' lang='eng'>{body}</p></div></div></body></html>\n"
    )


def _bbox(first: Box, last: Box) -> str:
    return f"bbox {first.x:.0f} {first.y:.0f} {last.x + last.width:.0f} {max(first.y, last.y) + last.height:.0f}"
