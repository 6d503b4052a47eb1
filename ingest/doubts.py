"""Signs that a page's text was garbled before it came here: reported, never mended in silence."""

import re
from collections import Counter

from ingest.traps import warning
from lectern.words import Page

_LEAST = 3  # a single strange word is a misreading, not a fault of the file
_SHARE = 0.01  # of the words
# UTF-8 read as Windows-1252: a lead byte's letter before what a following byte becomes; and what was not decoded.
_MOJIBAKE = re.compile("[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u0153\u0160-\u0161\u2013-\u2122]|\ufffd")
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")
# Letters and forms that end a word in Hebrew and Arabic.
_FINAL = "\u05da\u05dd\u05df\u05e3\u05e5\u0629\u0649"
_FINAL_FIRST = re.compile(rf"(?<!\S)[{_FINAL}](?=\w\w)")
_FINAL_LAST = re.compile(rf"\w\w[{_FINAL}](?!\w)")


def text_doubts(page: Page) -> list[str]:
    """Return warnings for text in a wrong encoding, entities escaped twice, and letters in the order of sight."""
    texts = [word.text for word in page.words()]
    whole = " ".join(texts)
    found = []
    if "&" in whole and (escaped := _ESCAPED.findall(whole)):
        entity, count = Counter(escaped).most_common(1)[0]
        found.append(
            warning("escaped-twice", f"{len(escaped)} entities are text, {entity} {count} times; left as it is")
        )
    if whole.isascii():
        return found
    least = max(_LEAST, _SHARE * len(texts))
    garbled = len(_MOJIBAKE.findall(whole))
    if garbled >= least:
        found.append(warning("mojibake", f"{garbled} places look like text in another encoding than was stated"))
    first, last = len(_FINAL_FIRST.findall(whole)), len(_FINAL_LAST.findall(whole))
    if first >= _LEAST and first > last:
        found.append(
            warning("visual-order", f"{first} words begin with letters that end words: stored in order of sight?")
        )
    return found
