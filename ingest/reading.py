"""The pages of an object, read: those with files of their own in parallel, files of many pages in one stream."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ingest.leaves import Outcome, Task, picture, read_pages, settle
from ingest.records import PageRecord, make_record, record_of
from ingest.sniff import Kind
from ingest.traps import failure_entry, warning, warning_entry
from ingest.workers import Workers
from lectern.catalogue import LedgerEntry
from lectern.errors import InputError

Jobs = Mapping[str, Task]  # by the key of the record that is to be made


def make_records(
    tasks: Jobs, missing: Collection[str], kinds: Mapping[Path, Kind], counts: Mapping[Path, int], workers: Workers
) -> Iterator[PageRecord]:
    """Yield the records of the tasks whose keys are missing, in no order that counts.

    `counts` names the files that hold several pages. A file that cannot be read costs its own pages.
    """
    alone: list[tuple[Task, str]] = []
    volumes: dict[Path, dict[str, Task]] = defaultdict(dict)
    for key, task in tasks.items():
        if key not in missing:
            continue
        if task.leaf.ocr is not None and task.leaf.ocr in counts:
            volumes[task.leaf.ocr][key] = task
        else:
            alone.append((task, key))
    yield from workers.run(make_record, alone)
    for path, wanted in volumes.items():
        yield from _records_of_volume(path, kinds[path], counts[path], wanted, workers)


def _records_of_volume(path: Path, kind: Kind, count: int, wanted: Jobs, workers: Workers) -> Iterator[PageRecord]:
    """Read a file of many pages here, in one stream: sending its pages between processes would cost more."""
    pictures = [task for task in wanted.values() if task.pyramid is not None or task.distant]
    outcomes = {outcome.leaf: outcome for outcome in workers.run(picture, pictures)}
    places = {task.leaf.page: (key, task) for key, task in wanted.items()}
    largest = max(task.largest for task in wanted.values())
    bounds = next(iter(wanted.values())).bounds
    trouble: LedgerEntry | None = None
    page_number = -1
    try:
        with bounds.held(path) as held:
            for page_number, page in enumerate(read_pages(held, kind, largest)):
                if page_number in places:
                    key, task = places.pop(page_number)
                    outcome = outcomes.get(task.leaf) or _bare(task)
                    settle(outcome, page)
                    yield record_of(outcome, task, key)
    except InputError as error:
        trouble = failure_entry(error, path.name)
    if trouble is None and page_number + 1 != count:
        text = f"{path.name} has {page_number + 1} pages, not the {count} that its tags tell of"
        trouble = warning_entry(warning("page-count", text), path.name)
    for key, task in places.values():
        outcome = outcomes.get(task.leaf) or _bare(task)
        settle(outcome, None)
        if trouble is not None:  # told once, and as a failure tried again the next time
            outcome.entries.append(trouble)
            trouble = None
        yield record_of(outcome, task, key)


def _bare(task: Task) -> Outcome:
    return Outcome(task.leaf, mets=task.mets, given=task.given, language=task.language)
