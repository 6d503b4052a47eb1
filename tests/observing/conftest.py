"""One real installation that somebody watches: a restricted object, an account, a collector of traces."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.cli import main
from tests.conftest import ROOT
from tests.deployment.reader import Visitor
from tests.observing.collector import Collected, collector
from tests.servers import Program, free_port, running, settings_free_environment

NAME, PASSWORD, WRONG = "a-reader-of-letters", "a long enough pass phrase", "a phrase of somebody else"
SECRET = "the-secret-of-the-image-server-0123456789"
QUERY, SEEN = "Commodore", "wordthatnobodymayseeinalog"
SIGNED_TILE = "/iiif/3/letters-1/0,0,300,300/150,/0/default.jpg"
_STORED_TILE = "/iiif/3/letters-1/0,0,512,512/512,512/0/default.jpg"  # as it lies in the file: nothing is made


@dataclass(frozen=True)
class Watched:
    """A running `lectern up`, its log, and the traces that it sends."""

    base: str
    program: Program
    traces: Collected
    visitor: Visitor

    def metrics(self) -> str:
        """Return what /metrics says."""
        return Visitor(self.base).ask("/metrics").text


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Return an installation behind a trusted proxy, that somebody has visited."""
    home = Path(tmp_path_factory.mktemp("home"))
    shutil.copyfile(ROOT / "samples" / "policies.toml", home / "policies.toml")
    letters = ["ingest", str(ROOT / "samples" / "letters"), "--object", "letters", "--policy", "readers"]
    account = ["user", "add", NAME, "--role", "reader", "--password-stdin"]
    for command, typed in ((letters, None), (account, f"{PASSWORD}\n")):
        done = CliRunner().invoke(main, ["--home", str(home), *command], input=typed)
        assert done.exit_code == 0, done.output
    port = free_port()
    with collector() as traces:
        environment = settings_free_environment(
            LECTERN_HOME=str(home),
            PORT=str(port),
            LECTERN_WORKERS="2",
            LECTERN_TRUSTED_PROXIES="1",
            LECTERN_LOG_FORMAT="json",
            LECTERN_LOG_LEVEL="debug",
            LECTERN_VERIFY_SECRET=SECRET,
            LECTERN_TRACES_URL=traces.url,
            OTEL_BSP_SCHEDULE_DELAY="100",
        )
        base = f"http://localhost:{port}"
        command = [sys.executable, "-m", "services.cli", "up"]
        with running(command, environment, f"http://127.0.0.1:{port}/readyz") as program:
            yield Watched(base, program, traces, _visit(base))


def _visit(base: str) -> Visitor:
    """Do what readers do, right and wrong, and return the one who has signed in."""
    stranger, reader = Visitor(base), Visitor(base)
    assert stranger.sign_in("/auth/access/readers", NAME, WRONG).status == 403
    assert stranger.ask(SIGNED_TILE).status == 401
    assert stranger.ask("/iiif/2/letters-1~degraded/0,0,400,400/200,/0/default.jpg").status == 200
    assert reader.sign_in("/auth/access/readers", NAME, PASSWORD).status == 200
    assert reader.message("/auth/token/1/readers")["accessToken"]
    assert reader.ask(_STORED_TILE).status == 200
    for _ in range(2):
        assert reader.ask(SIGNED_TILE).status == 200
        assert reader.ask(f"/search/1/letters?q={QUERY}").json()["within"]["total"] > 0
    assert reader.ask(f"/search/2/letters?q={SEEN}").json()["items"] == []
    assert reader.ask("/search/1/letters/autocomplete?q=com").json()["terms"]
    assert reader.ask(f"/search/1/no-such-object?q={SEEN}").status == 404
    asking: dict[str, Any] = {"X_Original_URI": SIGNED_TILE, "X_Original_Method": "GET", "X_Lectern_Secret": SECRET}
    assert reader.ask("/auth/verify", **asking).status == 204
    assert reader.ask("/auth/verify", **asking).status == 204
    assert stranger.ask("/auth/verify", **asking).status == 401
    return reader
