"""What all tests share: no setting of the caller leaks in, the real corpus, and in CI no test may be skipped."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog

pytest_plugins = ["tests.chromium", "tests.opensearch.plugin", "tests.postgresql.server"]
ROOT = Path(__file__).resolve().parent.parent
_OURS = {"LECTERN_CORPUS", "LECTERN_WRITE_MATRIX", "LECTERN_TEST_OPENSEARCH_URL"}  # of the tests, no settings
_IN_CI = bool(os.environ.get("CI"))


def pytest_configure() -> None:
    """Take the caller's own settings out of the environment before any of our modules reads them."""
    for name in [n for n in os.environ if n.startswith("LECTERN_") and n not in _OURS] + ["PORT"]:
        os.environ.pop(name, None)
    from lectern import database_sqlite

    database_sqlite._DURABLE = database_sqlite._LOOSE  # no test loses power, and thousands of writes wait for the disk
    configure = structlog.configure
    # A logger that keeps the form of its first use would keep it in other tests too, and `capture_logs` miss its lines.
    structlog.configure = lambda **form: configure(**{**form, "cache_logger_on_first_use": False})


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin every test with logs as nobody has set them up, whatever tests before it did."""
    structlog.reset_defaults()


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: a test may not be skipped in CI: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Return the report of a test; in CI a skipped one has failed."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Return the report of collecting a module; in CI a skipped one has failed."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture
def json_logs() -> None:
    """Have requests and the audit log told as JSON on standard error."""
    from services.observing import configure_logs

    configure_logs("json", "debug")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of real files that others made (LECTERN_CORPUS), which the repository does not hold."""
    folder = Path(os.environ.get("LECTERN_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not (folder / "MANIFEST.tsv").is_file():
        pytest.skip(f"there is no corpus at {folder}; LECTERN_CORPUS names it")
    return folder
