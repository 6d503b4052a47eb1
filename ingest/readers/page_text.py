"""The text of a PAGE-XML line: written on the line, on its words and on their glyphs, of which one is to be taken."""

from dataclasses import dataclass, field, replace

from lxml import etree

from ingest.languages import bcp47
from ingest.numbers import number
from ingest.readers.points import extent, points_of
from ingest.shares import clean, split_words
from ingest.traps import MAX_ALTERNATIVES, MAX_TEXT_LENGTH, Unreadable
from ingest.xml import attributes, local_name
from lectern.words import Box, Direction, Word


@dataclass(frozen=True, slots=True)
class Reading:
    """What an element says its text is; `others` are further readings."""

    text: str = ""
    confidence: float | None = None
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class Conflicts:
    """What one page's levels disagree on: counts of lines, and of coordinates that are none."""

    taken_from_line: int = 0
    taken_from_words: int = 0
    torn_points: int = 0


def named(element: etree._Element, name: str) -> list[etree._Element]:
    """Return the children of a local name."""
    return [child for child in element if local_name(child) == name]


def reading_of(element: etree._Element) -> Reading:
    """Return an element's text: of several TextEquiv the one of the lowest index, else the first, that is not empty."""
    ranked = sorted(named(element, "TextEquiv"), key=_index)
    found = [(text, equiv) for equiv in ranked if (text := _text_of(equiv))]
    if not found:
        return Reading()
    confidence = number(attributes(found[0][1]).get("conf", ""))
    others = tuple(dict.fromkeys(text for text, _ in found[1:] if text != found[0][0]))
    return Reading(
        found[0][0], None if confidence is None else min(1.0, max(0.0, confidence)), others[:MAX_ALTERNATIVES]
    )


def _index(equiv: etree._Element) -> float:
    index = number(attributes(equiv).get("index", ""))
    return float("inf") if index is None else index


def _text_of(equiv: etree._Element) -> str:
    for name in ("Unicode", "PlainText"):
        for child in named(equiv, name):
            text = clean("".join(map(str, child.itertext())))
            if len(text) > MAX_TEXT_LENGTH:
                raise Unreadable(
                    "text-too-long", f"One text has {len(text)} characters.", "This is no page of OCR; split its text."
                )
            if text:
                return text
    return ""


@dataclass(slots=True)
class LineText:
    """Reads the words of one TextLine. `ids` maps ids of words (and of their glyphs) to the words made of them."""

    element: etree._Element
    box: Box | None
    direction: Direction | None
    angle: float
    language: str | None
    conflicts: Conflicts
    ids: dict[str, Word] = field(default_factory=dict)

    def words(self) -> list[Word]:
        """Return the words: boxes from the Word elements, texts from the line if it has as many words as they have."""
        own = reading_of(self.element)
        elements = named(self.element, "Word")
        tokens = own.text.split()
        by_element = [self._read_word(element) for element in elements]
        words = [word for part in by_element for word in part]
        if words and tokens and len(tokens) == len(words):
            self._take_line_texts(words, tokens)
        elif tokens and len(tokens) == len(elements) and not all(by_element):  # boxes without text
            boxes = [self._box(element) for element in elements]
            words = [Word(text, box, own.confidence) for text, box in zip(tokens, boxes, strict=True)]
        elif words:
            self.conflicts.taken_from_words += bool(tokens)
        else:
            words = split_words(own.text, self.box, self.direction, angle=self.angle, confidence=own.confidence)
            _give_alternatives(words, own.others)
        for word in words:
            word.language = word.language or self.language
        return words

    def _take_line_texts(self, words: list[Word], tokens: list[str]) -> None:
        if any(word.text != token for word, token in zip(words, tokens, strict=True)):
            self.conflicts.taken_from_line += 1
        for word, token in zip(words, tokens, strict=True):
            word.text = token

    def _read_word(self, element: etree._Element) -> list[Word]:
        reading = reading_of(element)
        if not reading.text:
            glyphs = [reading_of(glyph) for glyph in named(element, "Glyph")]
            reading = replace(reading, text="".join(glyph.text for glyph in glyphs))
        values = attributes(element)
        language = bcp47(values.get("language") or values.get("primaryLanguage"))
        box, sure = self._box(element), reading.confidence
        words = split_words(reading.text, box, self.direction, angle=self.angle, confidence=sure, language=language)
        if len(words) == 1:
            words[0].alternatives = reading.others
        if words:
            self._remember(element, words)
        return words

    def _box(self, element: etree._Element) -> Box | None:
        for coords in named(element, "Coords"):
            points, torn = points_of(coords)
            self.conflicts.torn_points += torn
            return extent(points)
        return None

    def _remember(self, element: etree._Element, words: list[Word]) -> None:
        for part in (element, *named(element, "Glyph")):
            if name := attributes(part).get("id"):
                self.ids.setdefault(name, words[0])


def _give_alternatives(words: list[Word], others: tuple[str, ...]) -> None:
    """Give the words of a line those of its other readings, where these have as many."""
    columns = [other.split() for other in others]
    for place, word in enumerate(words):
        found = (texts[place] for texts in columns if len(texts) == len(words))
        word.alternatives = tuple(dict.fromkeys(text for text in found if text != word.text))
