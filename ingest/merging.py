"""Two sources of text on one canvas: put together, or the finer one alone where they say the same."""

from collections import Counter

from ingest.traps import warning
from lectern.words import Page

_MOSTLY = 0.9  # of the words of the shorter text


def add_page(page: Page, other: Page) -> Page:
    """Return the page of a canvas with another's text after its own; both may be changed.

    Where nearly all words of the shorter text stand in the other as well, the one with more boxes of its own is kept.
    """
    if _say_the_same(page, other):
        kept = page if _finer(page) >= _finer(other) else other
        kept.warnings.append(warning("text-repeated", "two files hold the text of this canvas; the finer one is kept"))
        return kept
    if (page.width, page.height) != (other.width, other.height) and _has_boxes(other):
        for line in other.lines():
            line.box = None
            for word in line.words:
                word.box = None
        page.warnings.append(
            warning("mixed-units", "two files measure this canvas differently; one has lost its boxes")
        )
    if page.language != other.language:
        for each in (page, other):
            for word in each.words():
                word.language = word.language or each.language
        page.language = None
    page.blocks += other.blocks
    page.name = page.name or other.name
    page.warnings += [text for text in other.warnings if text not in page.warnings]
    return page


def _say_the_same(page: Page, other: Page) -> bool:
    texts = [Counter(word.text for word in each.words()) for each in (page, other)]
    shorter, longer = sorted(texts, key=Counter.total)
    # A few words (a heading, a page number) may stand in any text.
    return shorter.total() * 2 > longer.total() and (shorter & longer).total() >= _MOSTLY * shorter.total()


def _finer(page: Page) -> int:
    return sum(word.box is not None and not word.estimated for word in page.words())


def _has_boxes(page: Page) -> bool:
    return any(word.box is not None for word in page.words())
