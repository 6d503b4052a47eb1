"""The same questions on the same texts in the same run: Lectern, SQLite FTS5 and tantivy, side by side.

    python -m tests.load.search beside [--pages 3000] [--questions 200] [--home FOLDER]

CPU milliseconds, median and 99th percentile, least of three rounds. Lectern finds hits (each with its place on the
page) and the first page of an answer is up to 100 of them with boxes and context. The others find pages; the first page
of an answer is 100 of those with a snippet, and has no boxes. What one of them cannot be asked is left blank.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from search.findings import Subject
from search.library import PackHandle
from search.searching import suggest
from tests.load.search.figures import percentile
from tests.load.search.process import PAGE_HITS, timed
from tests.load.search.questions import KINDS, SUGGESTIONS, WIDE_KINDS, Question, draw_questions
from tests.load.search.rivals import Fts5, Rival, Tantivy
from tests.load.search.sized import context_of, sized_shelf
from tests.load.search.stages import finding, first_page

_OURS = "Lectern"


def _figure(times: list[float], share: float) -> str:
    return f"{percentile(times, share) / 1000:9.3f}" if times else " " * 9


def _row(name: str, told: str, find: list[float], page: list[float]) -> None:
    figures = [_figure(times, share) for times in (find, page) for share in (0.5, 0.99)]
    print(f"    {name:<14}{figures[0]}{figures[1]}   {figures[2]}{figures[3]}   {told}", flush=True)


def _measure_ours(kind: str, questions: Sequence[Question], handles: Mapping[str, PackHandle]) -> None:
    subjects = {name: Subject(name, handle) for name, handle in handles.items()}
    if kind == SUGGESTIONS:
        count = sum(len(suggest([subjects[q.object_id]], q.text).terms) for q in questions) / len(questions)
        times = timed(questions, lambda q: suggest([subjects[q.object_id]], q.text))
        _row(_OURS, f"{count:.0f} words with counts of hits", times, [])
        return
    hits = sum(finding(subjects[q.object_id], q.text, PAGE_HITS).hits for q in questions) / len(questions)
    find = timed(questions, lambda q: finding(subjects[q.object_id], q.text, PAGE_HITS))
    page = timed(questions, lambda q: first_page(subjects[q.object_id], q.text, PAGE_HITS))
    _row(_OURS, f"{hits:.0f} hits with boxes", find, page)


def _measure_rival(rival: Rival, kind: str, questions: Sequence[Question]) -> None:
    counts = [rival.pages(kind, q.object_id, q.text) for q in questions]
    if None in counts:
        _row(rival.name, "has no such question", [], [])
        return
    find = timed(questions, lambda q: rival.pages(kind, q.object_id, q.text))
    writes = rival.shown(kind, questions[0].object_id, questions[0].text) is not None
    page = timed(questions, lambda q: rival.shown(kind, q.object_id, q.text)) if writes else []
    count = sum(filter(None, counts)) / len(counts)
    _row(rival.name, f"{count:.0f} pages" if writes else f"{count:.0f} words with counts", find, page)


def _timed_build(name: str, make: Callable[[], Rival]) -> Rival:
    began = time.process_time()
    rival = make()
    print(f"  {name} indexed everything in {time.process_time() - began:.1f} s of CPU")
    return rival


def main() -> None:
    """Print the tables of all kinds of questions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--questions", type=int, default=200, help="of each kind")
    parser.add_argument("--home", type=Path, help="where the shelf is kept for the next run")
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (options.home or Path(scratch)) / "prose"
        names = sized_shelf(folder, options.corpus, "prose", options.pages, options.pages)
        context = context_of(folder)
        handles = {name: context.library.open(context.catalogue.get(name)) for name in names}
        print(f"{options.pages:,} pages of prose in {len(names)} objects, one of them asked; CPU milliseconds")
        index = Path(scratch) / "tantivy"
        index.mkdir()
        rivals = [
            _timed_build(Fts5.name, lambda: Fts5(handles)),
            _timed_build(Tantivy.name, lambda: Tantivy(handles, index)),
        ]
        print(f"    {'':<14}{'finding p50':>11}{'p99':>7}   {'first page p50':>11}{'p99':>7}")
        for kind in (*KINDS, *WIDE_KINDS):
            questions = draw_questions(kind, names, handles.__getitem__, options.questions)
            print(f"  {kind}, as {questions[0].text}")
            _measure_ours(kind, questions, handles)
            for rival in rivals:
                _measure_rival(rival, kind, questions)


if __name__ == "__main__":
    main()
