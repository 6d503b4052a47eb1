"""What /metrics of a real installation says after a visit, all workers together."""

import re
import time

import pytest

from tests.observing.conftest import NAME, QUERY, SEEN, Watched

_TOLD = [
    ("lectern_workers", 2),
    ('lectern_searches_total{result="suggestions"}', 1),
    ('lectern_searches_total{result="found"}', 2),
    ('lectern_searches_total{result="nothing"}', 1),
    ("lectern_search_hits_total", 2),
    ('lectern_cache_lookups_total{cache="packs",result="miss"}', 1),
    ('lectern_cache_lookups_total{cache="rows",result="miss"}', 1),
    ('lectern_cache_lookups_total{cache="verdicts",result="miss"}', 1),
    ('lectern_cache_entries{cache="packs"}', 1),
    ("lectern_worker_memory_bytes", 1e7),
    ("lectern_worker_memory_largest_bytes", 1e7),
    ("lectern_worker_open_files", 5),
    ("lectern_sessions", 1),
    ("lectern_objects", 1),
    ("lectern_words", 100),
    ("lectern_last_change_timestamp_seconds", 1e9),
    ('lectern_up{store="catalogue"}', 1),
    ('lectern_up{store="state"}', 1),
    ('lectern_images_total{way="stored"}', 1),
    ('lectern_images_total{way="made"}', 3),
]


def value(text: str, series: str) -> float:
    """Return the value of a series, 0 if it is not told; `series` is as Prometheus writes it."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.M)
    return float(found[1]) if found else 0.0


@pytest.fixture(scope="module")
def told(watched: Watched) -> str:
    """Return the metrics once both workers have told their numbers, or as they are after twenty seconds."""
    end = time.monotonic() + 20
    while any(value(text := watched.metrics(), name) < least for name, least in _TOLD) and time.monotonic() < end:
        time.sleep(0.2)
    return text


@pytest.mark.parametrize(("series", "least"), _TOLD)
def test_what_was_done_is_counted(told: str, series: str, least: float):
    assert value(told, series) >= least


def test_answers_are_timed_by_service_route_and_status(told: str):
    route = "/iiif/{version}/<image>/<region>/<size>/<rotation>/<quality_format>"
    tiles = f'lectern_request_seconds_count{{route="{route}",service="image",status="2xx"}}'
    assert value(told, tiles) >= 3
    routes = dict(re.findall(r'lectern_request_seconds_count\{route="([^"]+)",service="(\w+)"', told))
    assert routes["/auth/verify"] == "auth"
    assert routes["/readyz"] == "process"
    assert {"search", "image", "auth", "process"} <= set(routes.values())


def test_refusals_are_counted_by_reason(told: str):
    route = "/iiif/{version}/<image>/<region>/<size>/<rotation>/<quality_format>"
    reason = "sign-in missing"
    assert value(told, f'lectern_denied_total{{reason="{reason}",route="{route}",service="image"}}') >= 1
    assert value(told, f'lectern_denied_total{{reason="{reason}",route="/auth/verify",service="auth"}}') >= 1
    wrong = 'lectern_access_total{event="sign-in",outcome="refused",reason="wrong credentials"}'
    assert value(told, wrong) == 1


def test_th_106_no_label_names_an_object_a_query_or_a_reader(told: str):
    assert [word for word in ("letters", QUERY, QUERY.lower(), SEEN, NAME, "127.0.0.1") if word in told] == []
