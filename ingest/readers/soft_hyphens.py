"""Soft hyphens: at a line's end the mark of a word that goes on below, elsewhere only a place where it might break."""

from ingest.hyphens import BREAK_SIGNS, SOFT_HYPHEN
from lectern.words import Hyphen, Line


def settle_soft_hyphens(line: Line, signs: str = SOFT_HYPHEN) -> None:
    """Change a line's words in place: a sign at its end becomes a mark, soft ones elsewhere go.

    `signs` are those by which a format marks a broken word; a soft hyphen was printed as a hyphen.
    """
    ending = ""
    if line.words:
        last = line.words[-1]
        stem = last.text.rstrip(signs)
        if stem and stem != last.text:
            sign = last.text[-1] if last.text[-1] in BREAK_SIGNS else "-"
            ending = "" if stem.endswith(tuple(BREAK_SIGNS)) else sign
            last.text, last.hyphen = stem, last.hyphen or Hyphen(1)
    for word in line.words:
        if not set(signs).isdisjoint(word.text):
            bare = "".join(letter for letter in word.text if letter not in signs)
            word.text = bare or word.text.replace(SOFT_HYPHEN, "")
    if ending:
        line.words[-1].text += ending
    line.words = [word for word in line.words if word.text]
