"""A reader of ALTO and hOCR that shares nothing with Lectern's: regular expressions over the raw text.

It gives words as (text, box in the file's own units), the whole of a marked hyphenated word with both boxes,
and folds by Python's own means.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Box = tuple[float, float, float, float]

_ALTO_TAG = re.compile(r"<(?:\w+:)?(Page|String)\b([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_HOCR_TAG = re.compile(r"<(/?)(\w+)([^>]*)>")
_BBOX = re.compile(r"bbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")
_LIKE_HYPHENS = str.maketrans({"‐": "-", "‑": "-", "⸗": "-", "¬": "-", "’": "'", "`": "'", "´": "'", "ʼ": "'"})


@dataclass(frozen=True)
class Found:
    """A word of a page: its text and the boxes it lies on."""

    text: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Sheet:
    """A page: its size in the file's own units, and its words."""

    width: float
    height: float
    words: list[Found]


def fold(text: str) -> str:
    """Return a word as the expected answers compare it: marks dropped, case folded, outer punctuation stripped."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] not in "C")
    bare = "".join(c for c in bare if unicodedata.category(c) not in {"Mn", "Me"})
    letters = [i for i, c in enumerate(bare) if unicodedata.category(c)[0] in "LN"]
    inner = bare[letters[0] : letters[-1] + 1] if letters else ""
    return unicodedata.normalize("NFC", inner.translate(_LIKE_HYPHENS).casefold())


def read(path: Path) -> Sheet:
    """Return the one page of an ALTO or hOCR file."""
    text = path.read_bytes().decode("utf-8", "replace")
    return _alto(text) if "<String" in text or ":String" in text else _hocr(text)


def _alto(text: str) -> Sheet:
    width = height = 0.0
    words: list[Found] = []
    for tag, rest in _ALTO_TAG.findall(text):
        values = {name: html.unescape(a or b) for name, a, b in _ATTRIBUTE.findall(rest)}
        if tag == "Page":
            width, height = float(values["WIDTH"]), float(values["HEIGHT"])
            continue
        x, y, w, h = (float(values.get(name, "0")) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        box = (x, y, w, h)
        second = values.get("SUBS_TYPE") == "HypPart2" and "SUBS_CONTENT" in values
        if second and words and words[-1].text == values["SUBS_CONTENT"] and len(words[-1].boxes) == 1:
            words[-1] = Found(words[-1].text, (*words[-1].boxes, box))
            continue
        first = values.get("SUBS_TYPE") == "HypPart1" and "SUBS_CONTENT" in values
        content = values["SUBS_CONTENT"] if first else values["CONTENT"]
        words += [Found(piece, (box,)) for piece in content.split()]
    return Sheet(width, height, words)


def _hocr(text: str) -> Sheet:
    body = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    page = re.search(r"""class=["']ocr_page["'][^>]*?bbox ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)""", body)
    if page is None:
        raise ValueError("no ocr_page with a bbox")
    left, top, right, bottom = map(float, page.groups())
    return Sheet(right - left, bottom - top, list(_hocr_words(body)))


def _hocr_words(body: str) -> Iterator[Found]:
    """Yield the words of a page: spans of class ocrx_word, their text without the tags inside."""
    for start in re.finditer(r"""<(\w+)([^>]*class=["'][^"']*\bocrx_word\b[^>]*)>""", body):
        box = _BBOX.search(start.group(2))
        depth, at, text = 1, start.end(), ""
        for tag in _HOCR_TAG.finditer(body, start.end()):
            text += body[at : tag.start()]
            at = tag.end()
            if tag.group(2) == start.group(1) and not tag.group(3).endswith("/"):
                depth += -1 if tag.group(1) else 1
            if depth == 0:
                break
        if box:
            x0, y0, x1, y1 = map(float, box.groups())
            yield from (Found(piece, ((x0, y0, x1 - x0, y1 - y0),)) for piece in html.unescape(text).split())
