"""Pictures that lie at a source are fetched for a copy, and those that strangers do not see are not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import ExitCode
from lectern.urls import canvas_path
from tests.image.conftest import decoded, difference, ramp
from tests.ingest.web import Answer, Web, serve
from tests.services_tiles.conftest import HEIGHT, WIDTH, Desk


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        web.pages["/scans/1.jpg"] = Answer(bytes(ramp(WIDTH, HEIGHT).jpegsave_buffer(Q=90)), etag='"one"')
        yield web


def publish(desk: Desk, object_id: str, policy: str) -> None:
    generation = desk.context.catalogue.next_generation()
    row = ObjectRow(object_id, object_id, object_id, generation=generation, policy=policy, pages=1)
    canvas = CanvasRow(1, canvas_path(object_id, 1), WIDTH, HEIGHT, image="web:1.jpg")
    desk.context.catalogue.publish(row, [canvas])


def source(desk: Desk, web: Web) -> None:
    base = web.url("/scans")
    desk.context.home.settings_file.write_text(f'[sources.web]\nkind = "http"\nbase = "{base}"\n')


def test_a_picture_at_a_source_is_copied_whole_or_reduced(desk: Desk, web: Web, tmp_path: Path):
    source(desk, web)
    for name, policy, folder, size in (("far", "open", "1", WIDTH), ("small", "members", "1~small", WIDTH // 4)):
        publish(desk, name, policy)
        result = desk.run(name, str(tmp_path / name))
        assert result.exit_code == 0, result.output
        service = tmp_path / name / "images" / folder
        assert json.loads((service / "info.json").read_bytes())["width"] == size
        shown = decoded((service / "full/max/0/default.jpg").read_bytes())
        expected = ramp(WIDTH, HEIGHT).resize(size / WIDTH)
        assert difference(shown, expected) < 4


def test_th_58_a_closed_picture_is_not_even_fetched(desk: Desk, web: Web, tmp_path: Path):
    source(desk, web)
    publish(desk, "closed", "sealed")
    assert desk.run("closed", str(tmp_path / "closed")).exit_code == ExitCode.INPUT
    assert not web.asked


def test_a_source_that_is_down_keeps_nothing(desk: Desk, web: Web, tmp_path: Path):
    source(desk, web)
    web.pages.clear()
    publish(desk, "far", "open")
    result = desk.run("far", str(tmp_path / "copies" / "far"))
    assert result.exit_code in {ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE}
    assert not list((tmp_path / "copies").iterdir())
