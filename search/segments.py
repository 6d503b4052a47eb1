"""Words of scripts that are written without spaces, as ICU's dictionaries part them: for suggestions only.

A segmenter parts a short query otherwise than a running text, so what it says is only ever suggested: searched is the
run of characters (DESIGN section 2).
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from search.analysis import SPACELESS, Profile

_LOCALE = "und"  # the dictionaries are chosen by script
FIRST = "\u0e00"  # no letter of these scripts comes before


def segmented(texts: Iterable[str], profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield (term, as printed) of every word in the words of a page as the OCR has them, which may be characters."""
    from icu4py.breakers import WordBreaker  # 25 ms and 40 MB of libraries that a search never needs

    for spaceless, run in groupby(texts, key=lambda text: SPACELESS.search(text) is not None):
        for piece in WordBreaker("".join(run), _LOCALE) if spaceless else ():
            found = profile.tokens(piece)
            if found and all(SPACELESS.match(token.printed) for token in found):
                yield "".join(token.surface for token in found), piece
