"""Two replicas of every service behind nginx: what readers notice when one dies, and how soon all know of a change.

    python -m tests.load.replicas [--seconds 20] [--readers 4]

Needs nginx and PostgreSQL.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from services import SERVICES
from tests.deployment.reader import Visitor
from tests.postgresql.server import postgresql_running
from tests.replicas.machines import machines
from tests.replicas.shelf import PASSWORD, fill, page_load, sign_out, sso, tile
from tests.replicas.site import Site, site
from tests.replicas.stores import one_database


class Load:
    """Readers who open pages one after another until they are told to stop."""

    def __init__(self, running: Site, readers: int) -> None:
        self._running = running
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(readers)]
        self.statuses: Counter[str] = Counter()
        self.waits: list[float] = []

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            try:
                self.statuses.update(map(str, page_load(self._running.through_nginx())))
            except OSError as error:
                self.statuses[type(error).__name__] += 1
            self.waits.append(time.perf_counter() - began)

    def told(self, seconds: float) -> str:
        """Return pages a second, waits and statuses."""
        waits = sorted(self.waits)
        return (
            f"{len(waits) / seconds:6.1f} pages/s   p50 {1000 * waits[len(waits) // 2]:5.0f} ms   "
            f"longest {1000 * waits[-1]:5.0f} ms   {dict(self.statuses)}"
        )


def _until(happened: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not happened():
        time.sleep(0.05)
    return time.perf_counter() - began


def _under_load(running: Site, readers: int, seconds: float, work: Callable[[], None]) -> str:
    with Load(running, readers) as load:
        began = time.perf_counter()
        work()
        time.sleep(max(0.0, seconds - (time.perf_counter() - began)))
        took = time.perf_counter() - began
    return load.told(took)


def _kill_one_of_each(running: Site, seconds: float) -> None:
    for number, name in enumerate(SERVICES):
        time.sleep(seconds / (len(SERVICES) + 2))
        running.kill(number % 2, name)


def _sign_out(running: Site) -> float:
    reader = running.visitor(0)
    reader.sign_in("/auth/access/readers", "ann", PASSWORD)
    reader.go_to(1)
    if reader.ask(tile("readers")).status != 200:
        raise RuntimeError("the session is not known elsewhere")
    cookies = dict(reader.cookies)
    reader.go_to(0)
    sign_out(reader)
    reader.cookies = cookies
    reader.go_to(1)
    return _until(lambda: reader.ask(tile("readers")).status == 401)


def _policy(running: Site) -> float:
    file = (running.machines[0].home.path / "policies.toml").resolve()
    reader: Visitor = running.visitor(0, 1)
    reader.sign_in("/auth/access/readers", "ann", PASSWORD)
    text = file.read_text()
    file.write_text(text.replace('roles = ["reader"]', 'roles = ["nobody"]'))
    took = _until(lambda: 200 not in [reader.ask(tile("readers")).status for _ in (0, 1)])
    file.write_text(text)
    return took


def main() -> None:
    """Run the measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--readers", type=int, default=4)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        postgresql_running() as server,
        one_database(server)(Path(name), machines(Path(name), 2, sso("http://127.0.0.1:9"))) as pair,
    ):
        folder = Path(name)
        fill(pair[0], folder / "scans")
        with site(folder, pair) as running:
            print(f"  {'sign out on one, refused on the other':<44} {_sign_out(running):6.2f} s")
            print(f"  {'edit of the policies, in force on both':<44} {_policy(running):6.2f} s")
            print(f"  {'both there':<20} {_under_load(running, asked.readers, asked.seconds, lambda: None)}")
            dying = _under_load(
                running, asked.readers, asked.seconds, lambda: _kill_one_of_each(running, asked.seconds)
            )
            print(f"  {'one of each killed':<20} {dying}")


if __name__ == "__main__":
    main()
