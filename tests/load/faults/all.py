"""All faults by name, and a site on a small disk to make them at."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.load.faults.clocks import clock_jumps
from tests.load.faults.disks import Disk, NoMount, disk_full, half_files, read_only, small_disk
from tests.load.faults.killing import kill_image, kill_ingest, kill_sign_in, kill_swap, two_ingests
from tests.load.faults.site import Site, site
from tests.load.faults.stores import postgresql_fails, provider_fails, sqlite_locked
from tests.load.faults.table import Outcome


@dataclass(frozen=True)
class Fault:
    """How a fault is made, and how much rarer than a kill, for the time it takes; some need a disk of their own."""

    make: Callable[[Site, int], Outcome] | None
    rarer: int = 1
    on_disk: Callable[[Site, int, Disk], Outcome] | None = None


FAULTS: Mapping[str, Fault] = {
    "kill-ingest": Fault(kill_ingest),
    "kill-swap": Fault(kill_swap),
    "kill-image": Fault(kill_image),
    "kill-sign-in": Fault(kill_sign_in),
    "two-ingests": Fault(two_ingests, 10),
    "clock": Fault(clock_jumps),
    "half-files": Fault(half_files, 10),
    "locked": Fault(sqlite_locked, 20),
    "disk-full": Fault(None, 4, lambda at, times, _: disk_full(at, times)),
    "read-only": Fault(None, 20, read_only),
    "postgresql": Fault(postgresql_fails, 20),
    "provider": Fault(provider_fails, 20),  # the last: it changes settings and policies
}


def made(folder: Path, times: Mapping[str, int], seed: int = 1) -> Iterator[Outcome]:
    """Yield what came of each fault, made so many times; one that cannot be made here says why in its note."""
    with ExitStack() as stack:
        try:
            disk: Disk | None = stack.enter_context(small_disk(folder))
        except NoMount as reason:
            disk, missing = None, str(reason)
        home = (disk.place if disk else folder) / "home"
        at = stack.enter_context(site(folder, home, seed))
        for name, number in times.items():
            fault = FAULTS[name]
            if fault.make is not None:
                yield fault.make(at, number)
            elif fault.on_disk is not None and disk is not None:
                yield fault.on_disk(at, number, disk)
            else:
                yield Outcome(name, note=f"not made: {missing}")
