"""Searching in the process: CPU time of each kind of question at several sizes of shelf.

    python -m tests.load.search process [--pages 3000 30000 150000] [--kind prose zipf] [--different 100]

Objects have 300 pages. Packs are open and warm; every question is asked in three rounds, each in another order, and its
least time counts. "Finding" is evaluating, the exact totals and paging; "page" is that and writing the first page of
hits (up to 100 and the rest of its last canvas) with boxes and context. Shelves of more than `--different` objects
hold copies of these under other ids. `--home` keeps the shelves for the next run.
"""

import argparse
import os
import random
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from search.findings import Subject
from search.library import PackHandle
from search.searching import suggest
from services.context import Context
from tests.load.search.figures import best_of, cpu_micros, millis, percentile, verdict
from tests.load.search.questions import KINDS, SUGGESTIONS, WIDE_KINDS, Question, draw_questions
from tests.load.search.sized import OBJECT_PAGES, context_of, sized_shelf
from tests.load.search.stages import Finding, finding, first_page, require_same

PAGE_HITS = 100
_ROUNDS = 3
_GOAL, _FUZZY_GOAL = 2000.0, 5000.0  # microseconds of CPU, p99
_GROWTH = 1.2


class Measured(NamedTuple):
    """CPU microseconds of the questions of one kind; without `page` for suggestions."""

    finding: list[float]
    page: list[float]
    hits: int


def measure(kind: str, names: Sequence[str], handle_of: Callable[[str], PackHandle], count: int) -> Measured:
    """Return what the questions of a kind take."""
    questions = draw_questions(kind, names, handle_of, count)
    subjects = {name: Subject(name, handle_of(name)) for name in {question.object_id for question in questions}}
    if kind == SUGGESTIONS:
        return Measured(timed(questions, lambda q: suggest([subjects[q.object_id]], q.text)), [], 0)
    for question in questions:
        require_same(subjects[question.object_id], question.text, PAGE_HITS)
    hits = 0

    def find(question: Question) -> Finding:
        return finding(subjects[question.object_id], question.text, PAGE_HITS)

    hits = sum(find(question).hits for question in questions)
    written = timed(questions, lambda q: first_page(subjects[q.object_id], q.text, PAGE_HITS))
    return Measured(timed(questions, find), written, hits // len(questions))


def timed(
    questions: Sequence[Question], ask: Callable[[Question], object], before: Sequence[Question] = ()
) -> list[float]:
    """Return the microseconds of each question: the least of three rounds, each in another order.

    `before` are questions that are asked each before the one at its place, and not timed.
    """
    rounds = []
    for number in range(_ROUNDS):
        order = list(range(len(questions)))
        random.Random(number).shuffle(order)
        times = dict.fromkeys(order, 0.0)
        for place in order:
            if before:
                ask(before[place])
            times[place] = cpu_micros(partial(ask, questions[place]))
        rounds.append([times[place] for place in sorted(order)])
    return best_of(rounds)


def _print_size(kind: str, pages: int, names: Sequence[str], context: Context, count: int) -> None:
    """Print a table of one shelf."""
    handles = {name: context.library.open(context.catalogue.get(name)) for name in names}
    for handle in handles.values():
        _ = handle.tokens, handle.terms, handle.index  # opened: the measure is of warm packs
    print(f"{pages:,} pages of {kind} in {len(names)} objects; CPU milliseconds")
    print(f"  {'':<22}{'finding p50':>12}{'p99':>9}{'page p50':>12}{'p99':>9}{'hits':>7}")
    for name in (*KINDS, *WIDE_KINDS):
        found = measure(name, names, handles.__getitem__, count if name in KINDS else count // 4)
        goal = _FUZZY_GOAL if name == "fuzzy-1" else _GOAL
        p50, p99 = percentile(found.finding, 0.5), percentile(found.finding, 0.99)
        written = (
            f"{millis(percentile(found.page, 0.5)):>12}{millis(percentile(found.page, 0.99)):>9}" if found.page else ""
        )
        told = f"p99 goal {goal / 1000:.0f}: {verdict(p99, goal)}" if name in KINDS else "no goal"
        print(f"  {name:<22}{millis(p50):>12}{millis(p99):>9}{written:>21}{found.hits:>7}  {told}", flush=True)


def _print_growth(sizes: Sequence[int], names: Sequence[str], context: Context, count: int) -> None:
    """Print how the medians of finding grow from the smallest shelf to the largest.

    The very same questions are asked on both, about the objects of the smallest; before each one, another question is
    put to any object of the shelf, so that memory is as cold as so many objects make it.
    """
    small, large = (names[: max(1, pages // OBJECT_PAGES)] for pages in (min(sizes), max(sizes)))
    handles = {name: context.library.open(context.catalogue.get(name)) for name in large}
    subjects = {name: Subject(name, handle) for name, handle in handles.items()}

    def ask(question: Question) -> object:
        subject = subjects[question.object_id]
        if question.kind == SUGGESTIONS:
            return suggest([subject], question.text)
        return finding(subject, question.text, PAGE_HITS)

    print(f"Medians at {max(sizes):,} pages by those of the same questions at {min(sizes):,} (goal: at most {_GROWTH})")
    for kind in KINDS:
        questions = draw_questions(kind, small, handles.__getitem__, count)
        medians = []
        for shelf in (small, large):
            before = draw_questions(kind, shelf, handles.__getitem__, count, seed=8)
            medians.append(percentile(timed(questions, ask, before), 0.5))
        ratio = medians[1] / medians[0]
        print(f"  {kind:<22}{ratio:>12.2f}  {verdict(ratio, _GROWTH)}", flush=True)


def main() -> None:
    """Print the tables of all sizes and kinds of text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[3_000, 30_000, 150_000])
    parser.add_argument("--kind", nargs="+", choices=("prose", "zipf"), default=["prose", "zipf"])
    parser.add_argument("--different", type=int, default=100, help="different objects; more are copies of these")
    parser.add_argument("--questions", type=int, default=400, help="of each kind")
    parser.add_argument("--home", type=Path, help="where the shelves are kept for the next run")
    parser.add_argument("--corpus", type=Path, default=Path(os.environ.get("LECTERN_CORPUS", "../shared/corpus")))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for kind in options.kind:
            folder = (options.home or Path(scratch)) / kind
            names = sized_shelf(folder, options.corpus, kind, max(options.pages), options.different)
            context = context_of(folder)
            for pages in options.pages:
                _print_size(kind, pages, names[: max(1, pages // OBJECT_PAGES)], context, options.questions)
            if len(options.pages) > 1:
                _print_growth(options.pages, names, context, options.questions)


if __name__ == "__main__":
    main()
