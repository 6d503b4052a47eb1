"""The audit log as it is written: in a file of its own, or among the other logs."""

import json
import stat

import pytest
from prometheus_client import REGISTRY

from auth.audit import Event, Happening, Refusal
from lectern.home import Home
from services.audit import Audit
from tests.clock import SetClock

SIGNED_IN = Happening(Event.SIGN_IN, granted=True, reason="role", user="ann", provider="local", policy="members")


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_a_file_of_its_own_has_one_line_of_json_for_each(home):
    audit = Audit(home, "audit.jsonl", SetClock())
    audit.record(SIGNED_IN)
    audit.record(Happening(Event.LOGOUT, granted=True))
    file = home.path / "audit.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["sign-in", "logout"]
    assert lines[0]["at"] == "2026-05-04T12:00:00.000+00:00"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_moved_away_is_begun_again(home):
    audit = Audit(home, "audit.jsonl", SetClock())
    audit.record(SIGNED_IN)
    (home.path / "audit.jsonl").rename(home.path / "audit.jsonl.1")
    audit.record(SIGNED_IN)
    for name in ("audit.jsonl", "audit.jsonl.1"):
        assert len((home.path / name).read_text().splitlines()) == 1


@pytest.mark.usefixtures("json_logs")
def test_without_a_file_or_with_one_that_takes_nothing_it_is_in_the_common_log(home, capfd):
    Audit(home, "", SetClock()).record(SIGNED_IN)
    Audit(home, "no/such/folder.jsonl", SetClock()).record(Happening(Event.SIGN_IN, False, Refusal.CREDENTIALS))
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line.get("what"), line["level"]) for line in lines] == [
        ("audit", "sign-in", "info"),
        ("the audit file takes no line", None, "error"),
        ("audit", "sign-in", "warning"),
    ]


def test_what_happens_is_counted_by_reason(home):
    def count() -> float:
        labels = {"event": "verify", "outcome": "refused", "reason": "role missing"}
        return REGISTRY.get_sample_value("lectern_access_total", labels) or 0

    before = count()
    Audit(home, "audit.jsonl", SetClock()).record(Happening(Event.VERIFY, granted=False, reason="role missing"))
    assert count() == before + 1
