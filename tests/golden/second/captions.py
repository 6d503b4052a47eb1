"""WebVTT and SubRip by the list of traps, section 6."""

import re
from html import unescape

from tests.golden.second.model import Line, Page, pieces

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})"
_TIMES = re.compile(rf"^\s*{_TIME}\s+-->\s+{_TIME}")


def read_captions(data: bytes) -> list[Page]:
    page = Page()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        page.warnings.add("wrong-encoding")
    for paragraph in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip("\n")):
        rows = paragraph.split("\n")
        at = next((n for n, row in enumerate(rows[:2]) if _TIMES.match(row)), None)
        if at is None or rows[0].startswith(("NOTE", "STYLE", "REGION")):
            if "-->" in paragraph and not rows[0].startswith(("NOTE", "STYLE", "REGION")):
                page.warnings.add("cue-malformed")
            continue
        match = _TIMES.match(rows[at])
        assert match
        time = _seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])
        spoken = unescape(re.sub(r"<[^>]*>|\{\\[^}]*\}", "", "\n".join(rows[at + 1 :])))
        page.lines.append(Line(pieces(spoken, None), time=time))
    return [page]


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    return round(int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000, 3)
