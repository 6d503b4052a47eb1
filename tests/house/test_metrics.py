"""What is measured is documented, and what dashboard and alerts ask for is measured."""

import json
import pkgutil
import re
from functools import cache
from importlib import import_module

import services
from services.measures import Declared, declared
from tests.conftest import ROOT

_KINDS = {"counter": "_total", "histogram": "_seconds"}
_SERIES = ("_bucket", "_count", "_sum")
_ROW = re.compile(r"^\| `(lectern_\w+)` \| (\w+) \| ([^|]*)\| (.+) \|$", re.M)
_UNBOUNDED = {"object", "object_id", "page", "query", "q", "user", "reader", "path", "address", "session", "id", "pid"}


@cache
def _ours() -> dict[str, Declared]:
    """Return every metric of the services, whichever module has it."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        import_module(module.name)
    return {name: told for name, told in declared().items() if name.startswith("lectern_")}


def _documented() -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = _ROW.findall((ROOT / "docs/metrics.md").read_text())
    found = {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows}
    assert len(found) == len(rows), "a metric has two rows"
    return found


def _alerts() -> str:
    return (ROOT / "deploy/prometheus/alerts.yml").read_text()


def _expressions() -> str:
    dashboard = json.loads((ROOT / "deploy/grafana/lectern.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    assert len(asked) >= 40
    return "\n".join([*asked, _alerts()])


def test_the_page_of_metrics_and_the_code_name_the_same_with_the_same_labels():
    assert _documented() == {name: (told.kind, told.labels) for name, told in _ours().items()}


def test_names_say_what_prometheus_expects_of_a_kind():
    for name, told in _ours().items():
        assert name.endswith(_KINDS.get(told.kind, "")), name
        assert told.kind == "counter" or not name.endswith("_total"), name
        assert told.about.endswith("."), name


def test_no_label_has_as_many_values_as_there_are_books_or_readers():
    assert {label for told in _ours().values() for label in told.labels} & _UNBOUNDED == set()


def test_dashboard_and_alerts_ask_for_what_is_measured():
    asked = set(re.findall(r"\blectern_\w+", _expressions()))
    known = {name for name, told in _ours().items() if told.kind != "histogram"}
    known |= {name + end for name, told in _ours().items() if told.kind == "histogram" for end in _SERIES}
    assert asked - known == set()


def test_every_metric_is_on_the_dashboard():
    asked = set(re.findall(r"\blectern_\w+", _expressions()))
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in asked}
    assert set(_ours()) - shown == set()


def test_labels_that_dashboard_and_alerts_choose_by_are_there():
    for name, chosen in re.findall(r"\b(lectern_\w+)\{([^}]*)\}", _expressions()):
        told = _ours()[re.sub("_(bucket|count|sum)$", "", name) if name.endswith(_SERIES) else name]
        assert set(re.findall(r"(\w+)(?:=|!)", chosen)) <= {*told.labels, "le", "instance", "job"}, name


def test_every_alert_has_a_section_that_says_what_to_do():
    page = (ROOT / "docs/operations.md").read_text()
    sections = set(re.findall(r"^## (Lectern\w+)$", page, re.M))
    alerts = re.findall(r"- alert: (\w+)", _alerts())
    assert set(alerts) == sections
    links = re.findall(r"runbook: docs/operations\.md#(\S+)", _alerts())
    assert links == [alert.lower() for alert in alerts]


def test_every_alert_is_shown_to_ring_and_to_be_quiet():
    shown = (ROOT / "deploy/prometheus/alerts_test.yml").read_text()
    for alert in re.findall(r"- alert: (\w+)", _alerts()):
        assert f"name: {alert} rings\n" in shown, alert
        assert f"name: {alert} is quiet\n" in shown, alert
