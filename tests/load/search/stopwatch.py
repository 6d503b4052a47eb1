"""Where the time of an answer goes: the stages of the program itself, each timed without those inside it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

# What runs in each stage: module, and function or method as it is called there.
STAGES: tuple[tuple[str, str, str], ...] = (
    ("parsing the query", "search.searching", "parse"),
    ("patterns", "search.library", "PackHandle.expand"),
    ("postings", "search.whoosh_engine", "WhooshIndex.spans"),
    ("evaluating", "search.searching", "spans_of"),
    ("counting", "search.searching", "FoundHits"),
    ("counting", "search.findings", "FoundHits.annotations"),
    ("paging", "search.searching", "_place"),
    ("decoding pages", "search.library", "PackHandle.page"),
    ("writing hits", "search.searching", "_answer"),
    ("canvases", "lectern.catalogue", "Catalogue.canvases_at"),
    ("document", "services.search.service", "content_search1.search_response"),
    ("JSON", "services.http", "orjson.dumps"),
    ("verdict", "services.asker", "Asker.text"),
    ("entity tags", "services.search.views", "entity_tag"),
    ("caching headers", "services.search.views", "cache_headers"),
    ("log", "services.observing", "_log.info"),
    ("metrics", "services.observing", "_measure"),
    ("reading the request", "services.search.service", "SearchService.ask"),
    ("search service", "services.search.service", "SearchService.answer"),
    ("object's row", "lectern.catalogue", "Catalogue.get"),
)


class Stopwatch:
    """Adds up the CPU nanoseconds of stages; a stage does not count what runs in another one inside it."""

    def __init__(self) -> None:
        self.nanoseconds: defaultdict[str, int] = defaultdict(int)
        self._inside: list[int] = []

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is the same as another but counts for a stage."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0)
            began = time.thread_time_ns()
            try:
                return call(*args, **kwargs)
            finally:
                took = time.thread_time_ns() - began
                self.nanoseconds[stage] += took - self._inside.pop()
                if self._inside:
                    self._inside[-1] += took

        return run


@contextmanager
def watching() -> Iterator[Stopwatch]:
    """Time the stages while the block runs. Applications must be made inside it."""
    watch = Stopwatch()
    changed: list[tuple[Any, str, Any]] = []
    try:
        for stage, module, path in STAGES:
            *owners, name = path.split(".")
            owner: Any = import_module(module)
            for step in owners:
                owner = getattr(owner, step)
            before = getattr(owner, name)
            changed.append((owner, name, before))
            setattr(owner, name, watch.timed(stage, before))
        yield watch
    finally:
        for owner, name, before in reversed(changed):
            setattr(owner, name, before)
