"""Reads captions, WebVTT and SRT: what is said in a recording, cue by cue, with the seconds in which it is said."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from ingest.languages import bcp47
from ingest.markup import lines_of
from ingest.numbers import number
from ingest.shares import split_words
from ingest.textfile import decode, read_bounded
from ingest.traps import MAX_TEXT_LENGTH, Unreadable, warning
from lectern.words import Block, Line, Page

MAX_CAPTION_BYTES = 32 * 1024 * 1024
_MAX_WORDS = 200_000  # a day of talking
_LONGEST = 1_000_000  # seconds
_HEAD = 4096
_MOMENT = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d{1,6})?)"
_TIMING = re.compile(rf"\s*{_MOMENT}\s*-->\s*{_MOMENT}(?:\s.*)?")
_ARROW = "-->"
_HEADER = re.compile(r"WEBVTT(?:[ \t\r\n]|$)")
_NOT_CUES = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t:]|$)")
_LANGUAGE = re.compile(r"Language:\s*(\S+)", re.IGNORECASE)
_TAGS = re.compile(r"</?[A-Za-z0-9.:][^<>]*>|\{\\[^{}]*\}|[\u200e\u200f]")


def looks_like_captions(head: bytes) -> bool:
    """Return whether a file begins with WebVTT's header, or with a timing line, as SRT does after a number."""
    text, _ = decode(head[:_HEAD])
    if _HEADER.match(text):
        return True
    first = [line for line in text.replace("\r", "\n").split("\n") if line.strip()][:2]
    timed = [_TIMING.fullmatch(line) is not None for line in first]
    return timed[:1] == [True] or (timed == [False, True] and first[0].strip().isdecimal())


def read_captions(source: Path | bytes, name: str) -> Iterator[Page]:
    """Yield the one page of a caption file: a line for every cue, in order of time, without boxes.

    Cues that have no sense are left out, and counted in a warning. Raises Unreadable.
    """
    text, encoding = decode(read_bounded(source, name, MAX_CAPTION_BYTES))
    if not text.strip():
        raise Unreadable("empty-file", f"{name} is empty.", "Copy the file again from where it was made.")
    troubles = Counter[str]()
    lines: list[Line] = []
    count = 0
    for line in _cues(text, troubles):
        count += len(line.words)
        if count > _MAX_WORDS:
            raise Unreadable("too-many-words", f"{name} has more than {_MAX_WORDS} words.", "Split the recording.")
        lines.append(line)
    lines.sort(key=lambda line: line.time or (0.0, 0.0))
    page = Page([Block(lines)] if lines else [], language=_language(text))
    if encoding == "windows-1252":
        page.warnings.append(warning("wrong-encoding", "captions are to be UTF-8; they were read as Windows-1252"))
    page.warnings += [warning(trap, _TOLD[trap].format(count)) for trap, count in troubles.items() if count]
    yield page


_TOLD = {
    "cue-malformed": "{} cues have no times that make sense, or are no cues; they were left out",
    "cue-backwards": "{} cues end before they begin; their beginning is taken for both",
    "text-too-long": "{} cues hold more than 64 KB; they were left out",
}


def _language(text: str) -> str | None:
    """Return the language that the header of a WebVTT file names."""
    header = re.split(r"\n\s*\n", text[:_HEAD].replace("\r\n", "\n").replace("\r", "\n"), maxsplit=1)[0]
    found = _LANGUAGE.search(header) if _HEADER.match(header) else None
    return bcp47(found[1]) if found else None


def _cues(text: str, troubles: Counter[str]) -> Iterator[Line]:
    """Yield a line for every cue that has words."""
    before: Line | None = None
    for timing, body in _blocks(text, troubles):
        if sum(map(len, body)) > MAX_TEXT_LENGTH:
            troubles["text-too-long"] += 1
            continue
        time = _time(timing)
        if time is None:
            troubles["cue-malformed"] += 1
            continue
        if time[1] < time[0]:
            troubles["cue-backwards"] += 1
            time = (time[0], time[0])
        words = split_words(" ".join(lines_of(unescape(_TAGS.sub("", "\n".join(body))))), None)
        if not words:
            continue
        line = Line(words, time=time)
        if before is not None and _holds_on(before, line):
            before.time = (before.time[0], max(before.time[1], time[1])) if before.time else time
            continue
        before = line
        yield line


def _holds_on(before: Line, line: Line) -> bool:
    """Return whether a cue only goes on showing the text of the one before."""
    if before.time is None or line.time is None or not before.time[0] <= line.time[0] <= before.time[1]:
        return False
    return [word.text for word in before.words] == [word.text for word in line.words]


def _blocks(text: str, troubles: Counter[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each cue as its timing line and the lines of its text; what stands between cues is left out."""
    timing: str | None = None
    body: list[str] = []
    stray: list[str] = []
    passing = _HEADER.match(text) is not None  # a header, note, style or region: until the next blank line
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if _TIMING.fullmatch(line) or (_ARROW in line and timing is None and not passing):
            if timing is not None:
                yield timing, body[:-1] if body and body[-1].strip().isdecimal() else body
            timing, body, stray, passing = line, [], [], False
        elif not line.strip():
            if timing is not None:
                yield timing, body
            troubles["cue-malformed"] += any(not piece.strip().isdecimal() for piece in stray[:1])
            timing, body, stray, passing = None, [], [], False
        elif timing is not None:
            body.append(line)
        elif not passing:
            passing = not stray and _NOT_CUES.match(line) is not None
            if not passing:
                stray.append(line)


def _time(timing: str) -> tuple[float, float] | None:
    """Return start and end in seconds of a timing line (its settings left out), None if it is none."""
    match = _TIMING.fullmatch(timing)
    if match is None:
        return None
    start, end = (_seconds(*match.groups()[i : i + 3]) for i in (0, 3))
    return None if start is None or end is None else (start, end)


def _seconds(hours: str | None, minutes: str, seconds: str) -> float | None:
    value = number(seconds.replace(",", "."))
    total = None if value is None else 3600 * int(hours or 0) + 60 * int(minutes) + value
    return None if total is None or total > _LONGEST else round(total, 3)
