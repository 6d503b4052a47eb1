"""The table of docs/viewers.md: which viewer does what in which deployment, as the tests found it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.viewers.features import EVERYWHERE, SEARCHING, Feature
from tests.viewers.places import CAPABLE_PLACES, OTHER_SITE_BLOCKED, PLACES
from tests.viewers.reasons import REASONS

PAGE, TRACES = ROOT / "docs" / "viewers.md", ROOT / "docs" / "viewer-traces.md"
SEARCH_PLACE = OTHER_SITE_BLOCKED
WORKS, LACKS = "works", "lacks-"
_BEGIN, _END = "<!-- written by `make matrix` -->", "<!-- end -->"
_FOOTNOTE = re.compile(r"\[\^([a-z-]+)\]")
_TRACE = re.compile(r"^## (.+?) · (.+?) · (.+?)\n\n```text\n(.*?)\n```\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """One trial: the titles of a viewer, of a place and of a feature."""

    viewer: str
    place: str
    feature: str


@dataclass(frozen=True)
class Outcome:
    """What came of a trial: `code` is "works", a reason's code or "lacks-…"; the trace says what was asked for."""

    code: str
    trace: str = ""


Outcomes = Mapping[Cell, Outcome]


def lacking(what: str) -> str:
    """Return the code for something that a viewer does not have."""
    return LACKS + re.sub(r"[^a-z]+", "-", re.sub("^an? ", "", what.lower())).strip("-")


def committed() -> dict[Cell, Outcome]:
    """Return what docs/viewers.md and its traces say; nothing where they are not there."""
    if not PAGE.exists():
        return {}
    traces = {Cell(*found[:3]): found[3] for found in _TRACE.findall(TRACES.read_text())} if TRACES.exists() else {}
    cells: dict[Cell, Outcome] = {}
    columns: list[str] = []
    for line in PAGE.read_text().split(_BEGIN)[1].split(_END)[0].splitlines():
        row = [part.strip() for part in line.strip("|").split("|")]
        if not line.startswith("|") or set(line) <= set("| -"):
            continue
        if row[0] == "Viewer":
            columns = row
            continue
        named = dict(zip(columns, row, strict=True))
        viewer, place = named.pop("Viewer"), named.pop("Where it lives", SEARCH_PLACE.name)
        for feature, text in named.items():
            if text:
                cell = Cell(viewer, place, feature)
                cells[cell] = Outcome(_code(text), traces.get(cell, ""))
    return cells


def _code(text: str) -> str:
    found = _FOOTNOTE.search(text)
    return found[1] if found else text


def write(outcomes: Outcomes) -> None:
    """Write the tables into docs/viewers.md between their marks, and docs/viewer-traces.md."""
    before, rest = PAGE.read_text().split(_BEGIN)
    after = rest.split(_END)[1]
    PAGE.write_text(f"{before}{_BEGIN}\n{tables(outcomes)}\n{_END}{after}")
    TRACES.write_text(traces(outcomes))


def tables(outcomes: Outcomes) -> str:
    """Return both tables and the footnotes in Markdown."""
    viewers = list(dict.fromkeys(cell.viewer for cell in sorted(outcomes, key=lambda cell: cell.viewer)))
    places = [place.name for place in (*PLACES, *CAPABLE_PLACES)]
    parts = [_table(("Viewer", "Where it lives"), _rows(outcomes, viewers, places, EVERYWHERE), EVERYWHERE)]
    rows = [(viewer, *cells) for viewer, _, *cells in _rows(outcomes, viewers, [SEARCH_PLACE.name], SEARCHING)]
    parts.append(_table(("Viewer",), rows, SEARCHING))
    codes = sorted({outcome.code for outcome in outcomes.values()} - {WORKS})
    parts.append("\n\n".join(f"[^{code}]: {_text(code)}" for code in codes))
    return "\n\n".join(part for part in parts if part)


def _rows(
    outcomes: Outcomes, viewers: Iterable[str], places: Iterable[str], features: Iterable[Feature]
) -> list[tuple[str, ...]]:
    rows = []
    for viewer in viewers:
        for place in places:
            found = [outcomes.get(Cell(viewer, place, feature.title)) for feature in features]
            if any(found):
                rows.append((viewer, place, *(_cell(outcome) for outcome in found)))
    return rows


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    if outcome.code == WORKS:
        return WORKS
    return f"{'–' if outcome.code.startswith(LACKS) else 'no'}[^{outcome.code}]"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], features: Iterable[Feature]) -> str:
    columns = [*head, *(feature.title for feature in features)]
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(code: str) -> str:
    if code.startswith(LACKS):
        return f"The viewer has no {code.removeprefix(LACKS).replace('-', ' ')}."
    return REASONS[code].text


def traces(outcomes: Outcomes) -> str:
    """Return what was asked for in each trial that did not work, in Markdown."""
    head = (
        "# What was asked for where a viewer does not work\n\n"
        "Written by `make matrix`. Each section belongs to a cell of [viewers.md](viewers.md) that says no: the "
        "requests since the reader signed in, in the order of their first answers, without queries and secrets. In "
        "brackets: whether the reader's cookie came along, the token, and Sec-Fetch-Mode, -Dest and -Site.\n"
    )
    failed = sorted(
        (cell for cell, outcome in outcomes.items() if outcome.trace),
        key=lambda cell: (cell.viewer, cell.feature, cell.place),
    )
    sections = [
        f"\n## {cell.viewer} · {cell.place} · {cell.feature}\n\n```text\n{outcomes[cell].trace}\n```\n"
        for cell in failed
    ]
    return head + "".join(sections)


class Ledger:
    """What this run finds, in a folder that all its processes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def clear(self) -> None:
        """Forget earlier runs."""
        for file in self._folder.glob("*.json"):
            file.unlink()

    def note(self, cell: Cell, outcome: Outcome) -> None:
        """Keep an outcome."""
        name = "-".join(re.sub(r"\W+", "_", part) for part in (cell.viewer, cell.place, cell.feature))
        (self._folder / f"{name}.json").write_text(json.dumps({**asdict(cell), **asdict(outcome)}))

    def found(self) -> dict[Cell, Outcome]:
        """Return all that was kept."""
        rows = [json.loads(file.read_text()) for file in sorted(self._folder.glob("*.json"))]
        return {Cell(row["viewer"], row["place"], row["feature"]): Outcome(row["code"], row["trace"]) for row in rows}
