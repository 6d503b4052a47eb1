"""Soft hyphens: at a line's end the mark of a word that goes on below, elsewhere only a place where it might break."""

from ingest.hyphens import BREAK_SIGNS, SOFT_HYPHEN
from lectern.words import Hyphen, Line


def settle_soft_hyphens(line: Line, signs: str = SOFT_HYPHEN) -> None:
    """Change a line's words in place: a sign at its end becomes a printed hyphen and a mark, soft ones elsewhere go.

    `signs` are those by which a format marks a broken word.
    """
    if line.words:
        last = line.words[-1]
        stem = last.text.rstrip(signs)
        if stem and stem != last.text:
            last.text = stem if stem.endswith(tuple(BREAK_SIGNS)) else stem + "-"
            last.hyphen = last.hyphen or Hyphen(1)
    for word in line.words:
        if not set(signs).isdisjoint(word.text):
            bare = "".join(letter for letter in word.text if letter not in signs)
            word.text = bare or word.text.replace(SOFT_HYPHEN, "")
    line.words = [word for word in line.words if word.text]
