"""Which words a line end has split, by section 7 of the list of traps."""

from tests.golden.second.model import Line, Page, Word

SIGNS = "-‐‑¬⸗="
SOFT = "\u00ad"
_LOOK = 4  # running head, page number, catchword


def find_joins(pages: list[Page]) -> list[list[object]]:
    """Return [first, second, whole, marked] of every join; ordinals count words over the whole file."""
    lines: list[tuple[int, int, Line]] = []
    start = 0
    for n, page in enumerate(pages):
        for line in page.lines:
            if line.words:
                lines.append((n, start, line))
                start += len(line.words)
    words = [word for _, _, line in lines for word in line.words]
    joins: list[list[object]] = []
    used: set[int] = set()
    for i, (_, first, line) in enumerate(lines):
        for k in range(first, first + len(line.words)):
            last = k == first + len(line.words) - 1
            other = _marked(words, lines, i, k) if words[k].part == 1 else _plain(words, lines, i, k) if last else None
            if other is not None and other not in used:
                marked = words[k].part == 1
                joins.append(
                    [k, other, whole_of(words[k], words[other]) if marked else glue(words[k], words[other]), marked]
                )
                used |= {k, other}
    return joins


def bare(text: str) -> str:
    """Return a word without the punctuation around it."""
    while text and not text[0].isalnum():
        text = text[1:]
    while text and not (text[-1].isalnum() or 0x300 <= ord(text[-1]) < 0x370):
        text = text[:-1]
    return text


def glue(first: Word, second: Word) -> str:
    return bare(bare(first.text).rstrip(SIGNS + SOFT) + bare(second.text).replace(SOFT, ""))


def whole_of(first: Word, second: Word) -> str:
    """Return the whole that the file gives if the halves make it, else the halves joined."""
    for given in (first.whole, second.whole):
        if not given:
            continue
        fits = folded(given) == folded(glue(first, second))
        if fits or (second.part == 2 and folded(given).startswith(folded(bare(first.text)))):
            return bare(given)
    return glue(first, second)


def folded(text: str) -> str:
    return "".join(c for c in text.casefold().replace("ſ", "s") if c.isalnum())


def _marked(words: list[Word], lines: list[tuple[int, int, Line]], i: int, k: int) -> int | None:
    starts = [first for _, first, _ in lines[i + 1 : i + 1 + _LOOK]]
    for candidate in dict.fromkeys([k + 1, *starts]):
        if candidate >= len(words) or any(words[m].part == 1 for m in range(k + 1, candidate)):
            return None
        if words[candidate].part == 2:
            return candidate
    if not starts:
        return None
    given = words[k].whole
    if given:
        return next((s for s in starts if folded(given) == folded(glue(words[k], words[s]))), None)
    return starts[0] if goes_on(words[starts[0]].text) else _past_head(words, lines, i)


def _past_head(words: list[Word], lines: list[tuple[int, int, Line]], i: int) -> int | None:
    """Return the first word of the next page that may go on, behind a running head or a page number."""
    page = lines[i][0]
    for other, first, _ in lines[i + 1 : i + 1 + _LOOK]:
        if other > page + 1:
            break
        if other == page + 1 and words[first].text[:1].islower():
            return first
    return None


def _plain(words: list[Word], lines: list[tuple[int, int, Line]], i: int, k: int) -> int | None:
    text = words[k].text
    stem = bare(text)
    if words[k].part or i + 1 >= len(lines) or text[-1:] not in tuple(SIGNS):
        return None
    if len(stem) < 2 or not stem[-1].isalpha() or not text[:-1].endswith(stem):
        return None
    following = lines[i + 1]
    if following[0] != lines[i][0]:
        past = _past_head(words, lines, i)
        if past is not None:
            return past
    second = words[following[1]]
    return following[1] if not second.part and goes_on(second.text) else None


def goes_on(text: str) -> bool:
    return text[:1].isalpha() and not any(c.isdigit() for c in text)
