"""Captions and annotations, ingested, answer searches: with moments, and with boxes on the canvases they name."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ingest.manifest import read_manifest
from ingest.pipeline import Wishes, ingest_object
from lectern.home import Home
from lectern.settings import load_settings
from services.app import create_app
from services.context import Context
from tests.services_search.conftest import BASE

CANVAS = "https://lib.example/canvas"
VTT = """WEBVTT

00:01.000 --> 00:04.500
<v Ada>The harbour wall and

1:00:05.250 --> 1:00:08.000
the lights of the city
"""

Ask = Callable[..., dict[str, Any]]


def manifest(*canvases: dict[str, Any]) -> Any:
    items = [{"id": f"{CANVAS}/{n}", "type": "Canvas"} | told for n, told in enumerate(canvases, 1)]
    return read_manifest({"id": "https://lib.example/m", "type": "Manifest", "items": items})


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FlaskClient]]:
    """Return a function that ingests files as the object `talk` and returns a client."""
    monkeypatch.setenv("LECTERN_PUBLIC_URL", BASE)
    home = Home(tmp_path / "home")
    home.prepare()
    context = Context(load_settings(home.path))

    def ingest(files: dict[str, str], given: Any = None) -> FlaskClient:
        for name, text in files.items():
            (tmp_path / "talk").mkdir(exist_ok=True)
            (tmp_path / "talk" / name).write_text(text)
        ingest_object(home, context.catalogue, tmp_path / "talk", Wishes(jobs=1, manifest=given))
        return create_app(context, ["search", "presentation"]).test_client()

    yield ingest
    context.catalogue.close()
    context.state.close()


def get(client: FlaskClient, path: str) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)
    document: dict[str, Any] = response.get_json()
    return document


def test_a_hit_in_captions_is_a_stretch_of_time_in_every_version(put: Callable[..., FlaskClient]):
    client = put({"talk.vtt": VTT})
    canvas = f"{BASE}/presentation/3/talk/canvas/1"
    older = get(client, "/search/1/talk?q=harbour")["resources"]
    assert [(hit["resource"]["chars"], hit["on"]) for hit in older] == [("harbour", f"{canvas}#t=1,4.5")]
    newer = get(client, "/search/2/talk?q=%22and+the+lights%22")["items"]
    assert [(hit["body"]["value"], hit["target"]) for hit in newer] == [
        ("and", f"{canvas}#t=1,4.5"),
        ("the lights", f"{canvas}#t=3605.25,3608"),
    ]
    everything = get(client, "/search/1/talk")["resources"]
    assert [hit["on"] for hit in everything] == [f"{canvas}#t=1,4.5", f"{canvas}#t=3605.25,3608"]


def test_the_text_of_a_recording_and_its_canvas_tell_times(put: Callable[..., FlaskClient]):
    client = put({"talk.srt": VTT.replace("WEBVTT\n\n", "1\n")})
    canvas = f"{BASE}/presentation/3/talk/canvas/1"
    lines = get(client, "/presentation/3/talk/canvas/1/text")["items"]
    assert [line["target"] for line in lines] == [f"{canvas}#t=1,4.5", f"{canvas}#t=3605.25,3608"]
    listed = get(client, "/presentation/2/talk/canvas/1/text")["resources"]
    assert [line["on"] for line in listed] == [line["target"] for line in lines]
    (told,) = get(client, "/presentation/3/talk/manifest")["items"]
    assert told["duration"] == 3608


def test_captions_lie_on_the_canvas_of_a_recording_of_elsewhere(put: Callable[..., FlaskClient]):
    given = manifest({"duration": 4000.5, "label": "talk"}, {"duration": 60, "label": "questions"})
    client = put({"talk.vtt": VTT}, given)
    (hit,) = get(client, "/search/2/talk?q=city")["items"]
    assert hit["target"] == f"{CANVAS}/1#t=3605.25,3608"
    assert len(get(client, "/presentation/3/talk/manifest")["items"]) == 2


def note(text: str, canvas: int, box: str) -> dict[str, Any]:
    body = {"type": "TextualBody", "value": text}
    return {
        "type": "Annotation",
        "motivation": "supplementing",
        "body": body,
        "target": f"{CANVAS}/{canvas}#xywh={box}",
    }


def test_annotations_lie_on_the_canvases_they_name(put: Callable[..., FlaskClient]):
    pages = {
        "b.json": [note("the harbour", 2, "100,10,110,20"), note("wall", 1, "percent:10,10,20,5")],
        "c.json": [note("harbour lights", 3, "0,0,140,20")],
        "d.json": [note("harbour dues", 3, "0,50,120,20")],
    }
    files = {name: json.dumps({"type": "AnnotationPage", "items": items}) for name, items in pages.items()}
    client = put(files, manifest(*[{"width": 1000, "height": 2000}] * 3))
    hits = get(client, "/search/2/talk?q=harbour")["items"]
    assert [hit["target"] for hit in hits] == [
        f"{CANVAS}/2#xywh=140,10,70,20",
        f"{CANVAS}/3#xywh=0,0,70,20",
        f"{CANVAS}/3#xywh=0,50,70,20",
    ]
    (wall,) = get(client, "/search/1/talk?q=wall")["resources"]
    assert wall["on"] == f"{CANVAS}/1#xywh=100,200,200,100"


def test_a_change_in_the_second_file_of_a_canvas_is_seen(put: Callable[..., FlaskClient]):
    given = manifest({"width": 1000, "height": 2000})
    for second in ("lights", "dues"):
        items = {"a.json": note("harbour", 1, "0,0,70,20"), "b.json": note(second, 1, "0,50,60,20")}
        client = put({name: json.dumps(item) for name, item in items.items()}, given)
        lines = get(client, "/presentation/3/talk/canvas/1/text")["items"]
        assert [line["body"]["value"] for line in lines] == ["harbour", second]
