"""What may be said of words that a line end splits: the whole word only where both its halves are on the page."""

from collections.abc import Mapping

from lectern.words import Hyphen, Join, Page


def with_halves(page: Page, begin: int, joins: Mapping[int, Join]) -> Page:
    """Return a page with the whole of each hyphenated word, where both halves are on it; the page is changed.

    `begin` is the page's first word over the object, `joins` the object's by their first halves. Of a word that goes
    over the page's end only the half is told: the other page may not be this reader's (TH-84).
    """
    words = list(page.words())
    wholes: dict[int, str] = {}
    for place, word in enumerate(words):
        join = joins.get(begin + place)
        if word.hyphen is not None and join is not None and join.second < begin + len(words):
            wholes[place] = wholes[join.second - begin] = join.whole
    for place, word in enumerate(words):
        if word.hyphen is not None:
            word.hyphen = Hyphen(word.hyphen.part, wholes.get(place))
    return page
