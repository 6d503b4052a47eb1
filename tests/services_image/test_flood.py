"""Real workers while strangers ask for the largest images: tiles, and everybody else, are answered (TH-71, TH-105)."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from services.cli import main
from tests.conftest import ROOT
from tests.servers import free_port, running, settings_free_environment

TILES = [f"/iiif/3/almanac-{n}/{x},0,512,512/max/0/default.jpg" for n in (1, 2) for x in (0, 512)]
THUMBNAILS = [f"/iiif/3/almanac-{n}/full/{w},/0/default.jpg" for n in (1, 2) for w in (90, 150)]


class Site:
    """A server that runs, asked from any loopback address."""

    def __init__(self, port: int, home: Path) -> None:
        self.port = port
        self.home = home

    def ask(self, path: str, address: str = "127.0.0.1") -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an answer, over a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120, source_address=(address, 0))
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def measured(self, name: str) -> float:
        """Return a measurement of all workers together; 0 for one that nobody made."""
        lines = self.ask("/metrics")[2].decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    @contextmanager
    def flood(self, address: str = "127.0.0.1", clients: int = 10) -> Iterator[list[tuple[int, dict[str, str], bytes]]]:
        """Have clients ask for large images, each another one, until the block ends; yields what was answered."""
        over, numbers = Event(), count()
        answers: list[tuple[int, dict[str, str], bytes]] = []

        def go_on() -> None:
            while not over.is_set():
                n = next(numbers)
                answers.append(
                    self.ask(f"/iiif/3/almanac-1/{n % 500},{n // 500},300,300/^1600,/0/default.jpg", address)
                )

        with ThreadPoolExecutor(clients) as pool:
            asking: list[Future[None]] = [pool.submit(go_on) for _ in range(clients)]
            try:
                yield answers
            finally:
                over.set()
                for each in asking:
                    each.result()


@pytest.fixture(scope="module", params=["1", "2"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("flood") / "home"
    ingest = ["--home", str(home), "ingest", str(ROOT / "samples" / "almanac"), "--object", "almanac"]
    assert CliRunner().invoke(main, ingest).exit_code == 0
    port = free_port()
    environment = settings_free_environment(
        LECTERN_HOME=str(home), PORT=str(port), LECTERN_WORKERS=request.param, LECTERN_LOG_LEVEL="error"
    )
    with running([sys.executable, "-m", "services.cli", "up"], environment, f"http://127.0.0.1:{port}/readyz"):
        yield Site(port, home)


def test_th_71_tiles_and_thumbnails_are_answered_while_large_images_are_asked_for_in_floods(site):
    with site.flood() as answers:
        while not answers:  # it has begun
            pass
        asked = [site.ask(path)[0] for _ in range(5) for path in TILES + THUMBNAILS]
    assert asked == [200] * len(asked)
    statuses = [status for status, _, _ in answers]
    assert set(statuses) == {200, 503}
    refused = next(answer for answer in answers if answer[0] == 503)
    assert int(refused[1]["Retry-After"]) >= 1
    assert refused[1]["Cache-Control"] == "no-store"
    assert json.loads(refused[2])["status"] == 503
    assert site.measured("lectern_images_refused_total") == statuses.count(503)


def test_th_71_another_client_gets_large_images_during_a_flood(site):
    with site.flood("127.0.0.1") as answers:
        while not answers:
            pass
        other = [site.ask(f"/iiif/3/almanac-2/{n},7,300,300/^1600,/0/default.jpg", "127.0.0.2")[0] for n in range(5)]
    assert 200 in other  # on a machine that is busy with other things, some wait longer than their patience


def test_a_thumbnail_is_made_by_one_worker_and_found_by_all(site):
    path = "/iiif/3/almanac-3/full/111,/0/default.jpg"
    made, kept = (site.measured(f'lectern_images_total{{way="{way}"}}') for way in ("made", "kept"))
    bodies = {site.ask(path)[2] for _ in range(12)}
    assert len(bodies) == 1
    assert site.measured('lectern_images_total{way="made"}') == made + 1
    assert site.measured('lectern_images_total{way="kept"}') == kept + 11
    assert site.measured("lectern_derivatives_bytes") > 0
    assert site.measured("lectern_request_seconds_count") > 12


def test_the_same_large_image_asked_for_by_many_is_made_once_by_a_worker(site):
    made = site.measured('lectern_images_total{way="made"}')
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(site.ask, ["/iiif/3/almanac-2/full/^2500,/0/default.jpg"] * 3))
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, _, body in answers}) == 1
    assert 1 <= site.measured('lectern_images_total{way="made"}') - made <= 2


def test_the_kept_images_may_be_deleted_while_all_run(site):
    before = site.ask(THUMBNAILS[0])[2]
    for file in (site.home / "cache").glob("derivatives/*/*"):
        file.unlink()
    assert site.ask(THUMBNAILS[0])[2] == before
