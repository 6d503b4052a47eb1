"""What the measure of readers plans, how it counts, and that it runs."""

import random
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from PIL import Image

from image.pyramid import make_pyramid
from tests.conftest import ROOT
from tests.load.readers.account import routes_of
from tests.load.readers.client import Window, try_readers
from tests.load.readers.visit import (
    AUTOCOMPLETE,
    MANIFEST,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SEARCH,
    TILE,
    Book,
    Request,
    arrivals,
    first_view,
    highest,
    next_rate,
    visit,
)
from tests.servers import serving

BOOK = Book("b", 9, ["wort"], ['"zwei worte"'], ["anfang"])


def test_a_visit_is_a_manifest_forty_tiles_three_searches_and_two_suggestions():
    asked = visit(BOOK, random.Random(1))
    assert Counter(each.kind for each in asked) == {MANIFEST: 1, TILE: 40, SEARCH: 3, AUTOCOMPLETE: 2}
    assert asked == sorted(asked)
    assert {each.path for each in asked if each.kind == AUTOCOMPLETE} == {
        "/search/1/b/autocomplete?q=an",
        "/search/1/b/autocomplete?q=anfa",
    }
    assert "/search/1/b?q=%22zwei%20worte%22" in {each.path for each in asked}


def test_a_page_opens_with_ten_tiles_the_coarsest_first():
    tiles = first_view()
    assert len(set(tiles)) == 10
    assert tiles[0] == "0,0,2480,3508/310,/0/default.jpg"


def test_readers_come_at_the_rate_on_average_and_the_same_ones_for_the_same_seed():
    came = arrivals(20, 100, random.Random(3))
    assert came == arrivals(20, 100, random.Random(3)) == sorted(came)
    assert 1800 < len(came) < 2200
    assert came[-1] < 100


def highest_of(limit: float, first: float) -> tuple[float, int]:
    """Return what the search finds where rates up to a limit are held, and in how many trials."""
    holds: dict[float, bool] = {}
    while (rate := next_rate(holds, first, 0.06)) is not None:
        holds[rate] = rate <= limit
    return highest(holds), len(holds)


def test_the_highest_rate_is_found_close_to_where_it_is():
    for limit in (0.9, 3.0, 17.3, 64.0, 100.0):
        found, trials = highest_of(limit, 4.0)
        assert 0.93 * limit <= found <= limit
        assert trials < 14
    assert highest({1.0: True, 2.0: False, 3.0: True}) == 1.0


class Slow(BaseHTTPRequestHandler):
    """Answers after a tenth of a second; `/refused` is refused, `/pieces` comes in pieces."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(0.1)
        self.send_response(403 if self.path == "/refused" else 200)
        if self.path == "/pieces":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n")
            time.sleep(0.05)
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"abc")

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def test_what_waits_for_a_connection_waits_in_full():
    with serving(Slow) as server:
        asked = [Request(0.0, TILE, f"/{n}") for n in range(12)]  # twice as many as connections
        trial = try_readers(server.server_address[1], [(0.0, "", asked)], {})
    taken = sorted(trial.taken[TILE])
    assert len(taken) == 12
    assert taken[0] >= 0.1
    assert taken[-1] >= 0.2, "the second six wait for the first six"
    assert (trial.wrong, trial.left, trial.given_up) == (Counter(), 0, False)


def test_answers_of_every_kind_are_read_and_what_is_refused_is_told():
    with serving(Slow) as server:
        asked = [Request(0.0, MANIFEST, "/pieces"), Request(0.3, SEARCH, "/refused"), Request(0.3, TILE, "/1")]
        trial = try_readers(server.server_address[1], [(0.0, "", asked)], {})
    assert trial.wrong == {"search 403": 1}
    assert {kind: len(times) for kind, times in trial.taken.items()} == {MANIFEST: 1, SEARCH: 1, TILE: 1}
    assert trial.taken[MANIFEST][0] >= 0.15


def test_only_what_is_to_be_sent_in_the_time_that_counts_is_counted_and_every_wrong_answer():
    edges: list[float] = []
    with serving(Slow) as server:
        asked = [Request(0.0, TILE, "/refused"), Request(0.3, TILE, "/1"), Request(0.6, TILE, "/2")]
        window = Window(0.2, 0.5, lambda: edges.append(time.monotonic()))
        trial = try_readers(server.server_address[1], [(0.0, "", asked)], {}, window)
    assert len(trial.taken[TILE]) == 1
    assert trial.wrong == {"tile 403": 1}
    assert len(edges) == 2


def test_where_nobody_listens_every_request_is_told_as_refused():
    with serving(Slow) as server:
        port = server.server_address[1]
    trial = try_readers(port, [(0.0, "", [Request(0.0, TILE, "/1")])], {}, patience=1.0)
    assert trial.wrong == {"tile refused": 1}


def test_the_servers_seconds_are_added_up_by_route_whatever_other_labels_there_are():
    text = """# TYPE lectern_request_seconds histogram
lectern_request_seconds_count{route="/a",status="2xx"} 3
lectern_request_seconds_sum{route="/a",status="2xx"} 0.5
lectern_request_seconds_count{route="/a",service="image",status="4xx"} 1
lectern_request_seconds_sum{route="/a",service="image",status="4xx"} 0.25
"""
    assert routes_of(text) == {"/a": (4.0, 0.75)}


def test_the_measure_runs_and_tells_where_the_time_goes(tmp_path: Path, capsys, monkeypatch):
    from tests.load.readers.__main__ import main

    monkeypatch.chdir(ROOT)
    (tmp_path / "images").mkdir()
    Image.new("RGB", (PAGE_WIDTH, PAGE_HEIGHT), "ivory").save(tmp_path / "page.png")
    make_pyramid(tmp_path / "page.png", tmp_path / "images/page.tif")
    small = ["--objects", "4", "--pages", "3", "--seconds", "1", "--rate", "3", "--workers", "1", "--pace", "0.1"]
    monkeypatch.setattr(sys, "argv", ["readers", "--home", str(tmp_path), *small])
    main()
    told = capsys.readouterr().out
    assert "The highest rate held" in told
    assert "/search/" in told
    assert "A reader costs the workers" in told
