"""What a process counts for itself, told once a second and before every look at /metrics: caches, searches, memory.

So the answers themselves are not slowed down by telling: they add to plain numbers (lectern/noted.py).
"""

import os
from contextlib import suppress
from pathlib import Path

from lectern import noted
from services.measures import Count, Size

_PAGE = os.sysconf("SC_PAGE_SIZE")

_LOOKUPS = Count(
    "lectern_cache_lookups_total", "Looks into a cache in memory, by cache and hit or miss.", ["cache", "result"]
)
_ENTRIES = Size("lectern_cache_entries", "Entries of a cache in memory, of all workers.", ["cache"], of="livesum")
_STORE_ERRORS = Count("lectern_store_errors_total", "Failures of the catalogue or the state.", ["store"])
_CLUSTER = Count("lectern_cluster_requests_total", "Requests to the OpenSearch cluster, by result.", ["result"])
_SEARCHES = Count(
    "lectern_searches_total", "Searches that were run: something found, nothing, or suggestions.", ["result"]
)
_HITS = Count("lectern_search_hits_total", "Hits that searches found.")
_WORKERS = Size("lectern_workers", "Worker processes that live.", of="livesum")
_MEMORY = Size(
    "lectern_worker_memory_bytes", "Resident memory of all workers; shared pages count in each.", of="livesum"
)
_LARGEST = Size("lectern_worker_memory_largest_bytes", "Resident memory of the largest worker.", of="livemax")
_FILES = Size("lectern_worker_open_files", "Open files of the worker that has most.", of="livemax")


def sample() -> None:
    """Tell the numbers of this process; raises nothing."""
    _LOOKUPS.catch_up(noted.LOOKUPS.counts())
    _STORE_ERRORS.catch_up(noted.STORE_ERRORS.counts())
    _CLUSTER.catch_up(noted.CLUSTER_REQUESTS.counts())
    _SEARCHES.catch_up(noted.SEARCHES.counts())
    _HITS.catch_up(noted.HITS.counts())
    for cache, size in noted.sizes().items():
        _ENTRIES.note(size, cache)
    _WORKERS.note(1)
    with suppress(OSError, ValueError, IndexError):  # a system without /proc has no such figures
        memory = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
        _MEMORY.note(memory)
        _LARGEST.note(memory)
        _FILES.note(len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - names are enough
