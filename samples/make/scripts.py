"""Draws the books of the shelf that do not run from left to right: seasons, beginnings and odes.

    python3 samples/make/scripts.py            all three; half a minute
    python3 samples/make/scripts.py odes       one

The texts are in `seasons.toml`, `beginnings.toml` and `odes.toml` beside this file. Every word is placed and drawn by
itself (Pillow with Raqm), so its box is known and nobody had to read it: the OCR files say where each word was put, by
the advances of its letters and the height of its face. `tests/shelf/drawn/*.json` says where its ink really is, which
was measured on a sheet of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
SHELF = HERE.parent
DRAWN = SHELF.parent / "tests" / "shelf" / "drawn"

NAMES = ("seasons", "beginnings", "odes")
FONT_PACKAGES = {"IPAMincho": "fonts-ipafont-mincho", "Ezra SIL": "fonts-sil-ezra", "Amiri": "fonts-hosny-amiri"}
try:
    from PIL import Image, ImageDraw, ImageFilter, ImageFont, features
except ImportError:
    sys.exit("Something is not installed here. Needed: apt-get install python3-pil")

PAPER, INK = (246, 240, 222), (38, 30, 24)
QUALITY = 62
SPACE = 0.32  # between two words, in ems
NOT_FIRST = "、。"  # signs that no column begins with: they hang below the one before

Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Glyphs:
    """What is drawn in one go: a word, or one sign of a column. `at` is its anchor."""

    text: str
    at: tuple[float, float]
    box: Box
    size: int


@dataclass
class Word:
    """What the OCR says of a word, and the pieces that were drawn for it."""

    read: str
    pieces: list[Glyphs]

    @property
    def box(self) -> Box:
        """The box of all pieces."""
        return around([piece.box for piece in self.pieces])


@dataclass
class Line:
    """The words of a line or column, in the order of reading."""

    words: list[Word] = field(default_factory=list)

    @property
    def box(self) -> Box:
        """The box of all words."""
        return around([word.box for word in self.words])


@dataclass(frozen=True)
class Book:
    """What the TOML file says of a book; sizes are pixels."""

    name: str
    language: str
    font: str
    format: str
    width: int
    height: int
    size: int
    pitch: int
    margin: int
    pages: list[dict[str, Any]]

    @property
    def upright(self) -> bool:
        """Whether the lines are columns."""
        return self.language == "ja"

    def face(self, size: int) -> ImageFont.FreeTypeFont:
        """The book's face in a size."""
        return ImageFont.truetype(font_file(self.font), size, layout_engine=ImageFont.Layout.RAQM)

    def drawing(self) -> dict[str, Any]:
        """How Pillow is to draw this script."""
        if self.upright:
            return {"anchor": "st", "direction": "ttb", "language": self.language}
        return {"anchor": "ls", "language": self.language}


def around(boxes: list[Box]) -> Box:
    """The smallest box that holds all."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def font_file(family: str) -> str:
    """Where the font lies; exits and names its package when it is not installed."""
    asked = ["fc-match", "-f", "%{family}|%{file}", f"{family}:style=Regular"]
    found, _, path = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.partition("|")
    if family not in found.split(","):
        sys.exit(f"Something is not installed here. Needed: apt-get install {FONT_PACKAGES[family]}")
    return path


def set_columns(book: Book, page: dict[str, Any]) -> list[Line]:
    """The columns of a page, from right to left; a paragraph begins a column, a word may go on in the next one."""
    lines: list[Line] = []
    right = book.width - book.margin
    for size, text in paragraphs(book, page):
        rows = (book.height - 2 * book.margin) // size
        line, row = Line(), 0
        for word in re.findall(r"[^/、。]+|[、。]", text):
            pieces: list[Glyphs] = []
            for sign in word:
                if row >= rows and sign not in NOT_FIRST:
                    keep(line, pieces, lines)
                    line, row, pieces = Line(), 0, []
                    right -= book.pitch
                left, top = right - size, book.margin + row * size
                pieces.append(Glyphs(sign, (right - size / 2, top), (left, top, right, top + size), size))
                row += 1
            line.words.append(Word("".join(piece.text for piece in pieces), pieces))
        lines.append(line)
        right -= book.pitch + (size - book.size)
    if right < book.margin - book.pitch:
        raise RuntimeError(f"{book.name}: too much text for a page")
    return [grained(line, page["boxes"]) for line in lines]


def keep(line: Line, pieces: list[Glyphs], lines: list[Line]) -> None:
    """End a column, in the middle of a word if need be."""
    if pieces:
        line.words.append(Word("".join(piece.text for piece in pieces), pieces))
    lines.append(line)


def grained(line: Line, boxes: str) -> Line:
    """The column with as many boxes as the page's OCR has: a word, a sign, or the whole column each."""
    pieces = [piece for word in line.words for piece in word.pieces]
    if boxes == "lines":
        return Line([Word("".join(piece.text for piece in pieces), pieces)])
    if boxes == "signs":
        return Line([Word(piece.text, [piece]) for piece in pieces])
    return line


def paragraphs(book: Book, page: dict[str, Any]) -> list[tuple[int, str]]:
    """The heading, if there is one, and the paragraphs, with their sizes."""
    heading = [(book.size * 5 // 4, page["heading"])] if "heading" in page else []
    return heading + [(book.size, text) for text in page["text"]]


def set_rows(book: Book, page: dict[str, Any]) -> list[Line]:
    """The lines of a page; words run from right to left, words of other scripts beside one another do not."""
    lines: list[Line] = []
    baseline = book.margin + book.pitch // 2
    for size, text in paragraphs(book, page):
        face = book.face(size)
        for row in broken(text, face, book.width - 2 * book.margin, size * SPACE):
            lines.append(set_row(row, face, book.width - book.margin, baseline))
            baseline += book.pitch
    if baseline > book.height - book.margin // 2 + book.pitch:
        raise RuntimeError(f"{book.name}: too much text for a page")
    return lines


def broken(text: str, face: ImageFont.FreeTypeFont, width: float, space: float) -> list[list[tuple[str, str]]]:
    """The words of a paragraph, as printed and as read, by lines."""
    rows: list[list[tuple[str, str]]] = [[]]
    used = 0.0
    for word in text.split():
        printed = re.sub(r"\{([^|}]*)\|[^}]*\}", r"\1", word)
        read = re.sub(r"\{[^|}]*\|([^}]*)\}", r"\1", word)
        needed = face.getlength(printed)
        if rows[-1] and used + space + needed > width:
            rows.append([])
            used = 0.0
        used += needed + (space if rows[-1] else 0)
        rows[-1].append((printed, read))
    return rows


def set_row(row: list[tuple[str, str]], face: ImageFont.FreeTypeFont, right: float, baseline: int) -> Line:
    """The words of a line in their places, in the order of reading."""
    ascent, descent = face.getmetrics()
    space = face.size * SPACE
    words: list[Word] = []
    for run in runs(row):
        ordered = run if leftwards(run[0][0]) else run[::-1]
        placed = []
        for printed, read in ordered:
            left = right - face.getlength(printed)
            box = (int(left), baseline - ascent, -int(-right // 1), baseline + descent)
            placed.append(Word(read, [Glyphs(printed, (left, baseline), box, face.size)]))
            right = left - space
        words += placed if ordered is run else placed[::-1]
    return Line(words)


def runs(row: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The words that lie beside one another in one direction."""
    found: list[list[tuple[str, str]]] = []
    for word in row:
        if found and leftwards(found[-1][0][0]) == leftwards(word[0]):
            found[-1].append(word)
        else:
            found.append([word])
    return found


def leftwards(text: str) -> bool:
    """Whether a word is of a script that runs from right to left, or a number (which may stand alone)."""
    return not any(unicodedata.bidirectional(sign) == "L" for sign in text)


def draw(book: Book, lines: list[Line]) -> Image.Image:
    """The page as a picture."""
    sheet = Image.new("L", (book.width, book.height), 0)
    pen = ImageDraw.Draw(sheet)
    for line in lines:
        for word in line.words:
            for piece in word.pieces:
                pen.text(piece.at, piece.text, 255, book.face(piece.size), **book.drawing())
    sheet = sheet.filter(ImageFilter.GaussianBlur(0.5))
    paper = Image.new("RGB", sheet.size, PAPER)
    paper.paste(INK, mask=sheet)
    return paper


def ink(book: Book, piece: Glyphs) -> Box | None:
    """Where the ink of a piece lies, measured on a sheet that has nothing else on it."""
    sheet = Image.new("L", (book.width, book.height), 0)
    ImageDraw.Draw(sheet).text(piece.at, piece.text, 255, book.face(piece.size), **book.drawing())
    found: Box | None = sheet.point(lambda value: 255 if value > 96 else 0).getbbox()
    return found


def measured(book: Book, lines: list[Line]) -> list[dict[str, Any]]:
    """Every piece that was drawn: its text, its line (from 0), and the box of its ink as x, y, width, height."""
    found = []
    for number, line in enumerate(lines):
        for word in line.words:
            for piece in word.pieces:
                if (box := ink(book, piece)) is not None:
                    found.append({"text": piece.text, "line": number, "ink": sized(box)})
    return found


def sized(box: Box) -> list[int]:
    """A box as x, y, width, height."""
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def hocr(book: Book, lines: list[Line], page: dict[str, Any], stem: str) -> str:
    """The page as hOCR; of a column with one box only, the text is the line's own."""

    def title(box: Box, more: str = "") -> str:
        return f'title="bbox {box[0]} {box[1]} {box[2]} {box[3]}{more}"'

    style = ' style="writing-mode: vertical-rl"' if page["boxes"] == "lines" else ""
    angle = "; textangle 270" if page["boxes"] == "signs" else ""
    rows = []
    for line in lines:
        words = [f'<span class="ocrx_word" {title(word.box)}>{escape(word.read)}</span>' for word in line.words]
        inner = escape(line.words[0].read) if page["boxes"] == "lines" else "".join(words)
        rows.append(f'   <span class="ocr_line" {title(line.box, angle)}>{inner}</span>')
    sheet = f"image &quot;images/{stem}.jpg&quot;; bbox 0 0 {book.width} {book.height}"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<html xmlns="http://www.w3.org/1999/xhtml" lang="{book.language}"><head><title>{stem}</title>',
            '<meta name="ocr-system" content="samples/make/scripts.py"/>',
            '<meta name="ocr-capabilities" content="ocr_page ocr_par ocr_line ocrx_word"/></head><body>',
            f' <div class="ocr_page" title="{sheet}"{style}>',
            f'  <p class="ocr_par" lang="{book.language}">',
            *rows,
            "  </p></div></body></html>\n",
        ]
    )


def alto(book: Book, lines: list[Line], _page: dict[str, Any], stem: str) -> str:
    """The page as ALTO 4, in pixels."""

    def place(box: Box) -> str:
        x, y, w, h = sized(box)
        return f'HPOS="{x}" VPOS="{y}" WIDTH="{w}" HEIGHT="{h}"'

    rows = []
    for number, line in enumerate(lines, start=1):
        words = [f"<String {place(word.box)} CONTENT={quoteattr(word.read)}/>" for word in line.words]
        rows.append(f'    <TextLine ID="l{number}" {place(line.box)}>{"<SP/>".join(words)}</TextLine>')
    whole = place(around([line.box for line in lines]))
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">',
            " <Description><MeasurementUnit>pixel</MeasurementUnit>",
            f"  <sourceImageInformation><fileName>images/{stem}.jpg</fileName></sourceImageInformation></Description>",
            f' <Layout><Page ID="{stem}" WIDTH="{book.width}" HEIGHT="{book.height}">',
            f"  <PrintSpace {whole}>",
            f'   <TextBlock ID="b1" {whole} LANG="{book.language}">',
            *rows,
            "   </TextBlock></PrintSpace></Page></Layout></alto>\n",
        ]
    )


def page_xml(book: Book, lines: list[Line], _page: dict[str, Any], stem: str) -> str:
    """The page as PAGE-XML, its words in the order of reading."""

    def coords(box: Box) -> str:
        left, top, right, bottom = box
        return f'<Coords points="{left},{top} {right},{top} {right},{bottom} {left},{bottom}"/>'

    def said(text: str) -> str:
        return f"<TextEquiv><Unicode>{escape(text)}</Unicode></TextEquiv>"

    rows = []
    for number, line in enumerate(lines, start=1):
        rows.append(f'   <TextLine id="l{number}">{coords(line.box)}')
        for place, word in enumerate(line.words, start=1):
            rows.append(f'    <Word id="l{number}w{place}">{coords(word.box)}{said(word.read)}</Word>')
        rows.append(f"    {said(' '.join(word.read for word in line.words))}</TextLine>")
    space = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<PcGts xmlns="{space}"><Metadata><Creator>samples/make/scripts.py</Creator></Metadata>',
            f' <Page imageFilename="images/{stem}.jpg" imageWidth="{book.width}" imageHeight="{book.height}">',
            '  <TextRegion id="r1" readingDirection="right-to-left" textLineOrder="top-to-bottom"'
            ' primaryLanguage="Arabic">' + coords(around([line.box for line in lines])),
            *rows,
            "  </TextRegion></Page></PcGts>\n",
        ]
    )


WRITERS = {"hocr": (hocr, "hocr"), "alto": (alto, "xml"), "page": (page_xml, "xml")}


def make(name: str) -> None:
    """Makes one book's pictures and OCR, and what the tests know of its ink."""
    said = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    book, folder = Book(name, **said), SHELF / name
    write, ending = WRITERS[book.format]
    for part in ("images", "ocr"):
        shutil.rmtree(folder / part, ignore_errors=True)
        (folder / part).mkdir(parents=True)
    drawn = {}
    for number, page in enumerate(book.pages, start=1):
        stem = f"p{number:03d}"
        lines = set_columns(book, page) if book.upright else set_rows(book, page)
        draw(book, lines).save(folder / "images" / f"{stem}.jpg", quality=QUALITY, optimize=True, dpi=(150, 150))
        (folder / "ocr" / f"{stem}.{ending}").write_text(write(book, lines, page, stem), encoding="utf-8")
        drawn[stem] = measured(book, lines)
        print(f"{name} {stem}: {len(drawn[stem])} pieces")
    DRAWN.mkdir(parents=True, exist_ok=True)
    pages = ",\n".join(
        f' "{stem}": [\n' + ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in pieces) + "\n ]"
        for stem, pieces in drawn.items()
    )
    (DRAWN / f"{name}.json").write_text(f"{{\n{pages}\n}}\n", encoding="utf-8")


def main() -> int:
    """Makes the books named on the command line, or all three."""
    parser = argparse.ArgumentParser(description="Draws the books of the shelf that do not run from left to right.")
    parser.add_argument("objects", nargs="*", metavar="object", help=f"one or more of {', '.join(NAMES)}")
    options = parser.parse_args()
    if unknown := set(options.objects) - set(NAMES):
        parser.error(f"no such object: {', '.join(sorted(unknown))}")
    if not features.check("raqm"):
        sys.exit("Something is not installed here. Needed: apt-get install libraqm0 libfribidi0")
    for name in options.objects or NAMES:
        make(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
