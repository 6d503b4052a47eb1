"""Ranges in manifests of both versions, and that their labels stay behind the door that hides what is inside."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from auth.decision import FULL
from ingest.mets import read_mets
from ingest.ranges import ranges_of
from lectern.catalogue import RangeRow
from services.asker import Asker
from services.context import Context
from services.presentation import manifest2, manifest3
from services.presentation.model import Access, Detail
from services.presentation.pdf_plan import about
from tests.presentation.books import BASE, LOCKED, RANGES, book, book_in_parts, canvas
from tests.presentation.conftest import POLICIES
from tests.presentation.test_views import MANIFESTS

_PARIS = 'PARIS, I" avril.'
CANVAS = f"{BASE}/presentation/3/gazette/canvas"


def _service(r: int) -> list[dict[str, object]]:
    own = f"{BASE}/search/2/gazette/range/{r}"
    complete = {"id": f"{own}/autocomplete", "type": "AutoCompleteService2"}
    return [{"id": own, "type": "SearchService2", "service": [complete]}]


@pytest.mark.corpus
def test_the_parts_of_a_newspapers_mets_are_nested_on_its_canvases(corpus: Path):
    path = corpus / "newspapers" / "bnf-journal-1814-04-02" / "18140402_1-METS.xml"
    ranges = ranges_of(read_mets(path, path.name).sections, {n: n for n in range(1, 5)})
    told = replace(book(canvases=[canvas(n) for n in range(1, 5)]), ranges=ranges)
    (whole,) = manifest3.manifest(told)["structures"]
    assert [part["label"]["none"][0] for part in whole["items"]][:4] == ["Title section", "FRANCE.", "Article", _PARIS]
    assert [[item["id"].rpartition("/")[2] for item in part["items"]] for part in whole["items"]] == [
        *(["1"], ["1", "2"], ["3"], ["3", "4"], ["4"], ["4"]),
    ]
    flat = manifest2.manifest(told)["structures"]
    assert flat[0]["ranges"] == [each["@id"] for each in flat[1:]]
    assert [each["canvases"] for each in flat[1:3]] == [[f"{CANVAS}/1"], [f"{CANVAS}/1", f"{CANVAS}/2"]]


def test_version_3_nests_ranges_and_names_each_canvas_once():
    assert manifest3.manifest(book_in_parts())["structures"] == [
        {
            "id": f"{BASE}/presentation/3/gazette/range/1",
            "type": "Range",
            "label": {"none": ["The harbour"]},
            "service": _service(1),
            "items": [
                {"id": f"{CANVAS}/1", "type": "Canvas"},
                {
                    "id": f"{BASE}/presentation/3/gazette/range/2",
                    "type": "Range",
                    "label": {"none": ["The wall"]},
                    "service": _service(2),
                    "items": [{"id": f"{CANVAS}/2", "type": "Canvas"}],
                },
                {"id": f"{CANVAS}/3", "type": "Canvas"},
            ],
        },
        {
            "id": f"{BASE}/presentation/3/gazette/range/3",
            "type": "Range",
            "label": {"none": ["Index"]},
            "service": _service(3),
            "items": [{"id": f"{CANVAS}/3", "type": "Canvas"}],
        },
    ]


def test_version_2_lists_ranges_that_name_each_other():
    own = f"{BASE}/presentation/2/gazette/range"
    assert manifest2.manifest(book_in_parts())["structures"] == [
        {
            "@id": f"{own}/1",
            "@type": "sc:Range",
            "label": "The harbour",
            "ranges": [f"{own}/2"],
            "canvases": [f"{CANVAS}/1", f"{CANVAS}/3"],
        },
        {"@id": f"{own}/2", "@type": "sc:Range", "label": "The wall", "canvases": [f"{CANVAS}/2"]},
        {"@id": f"{own}/3", "@type": "sc:Range", "label": "Index", "canvases": [f"{CANVAS}/3"]},
    ]


@pytest.mark.parametrize("build", [manifest2.manifest, manifest3.manifest])
def test_without_ranges_and_in_a_minimal_manifest_there_are_no_structures(build: Any):
    assert "structures" not in build(book())
    minimal = build(book_in_parts(LOCKED, Detail.MINIMAL))
    assert "structures" not in minimal
    assert not any(row.label in str(minimal) for row in RANGES)


@pytest.mark.parametrize("build", [manifest2.manifest, manifest3.manifest])
def test_a_range_on_canvases_that_are_not_there_names_none_of_them(build: Any):
    told = replace(book_in_parts(), ranges=(RangeRow(1, None, "Odd", "part", (3, 9)),))
    assert f"{CANVAS}/3" in str(build(told)["structures"])
    assert "canvas/9" not in str(build(told))


def with_ranges(context: Context, object_id: str) -> None:
    catalogue = context.catalogue
    parts = [RangeRow(1, None, "A telling title", "chapter", (1, 2))]
    catalogue.publish(catalogue.get(object_id), catalogue.canvases(object_id), ranges=parts)


@pytest.mark.parametrize("path", MANIFESTS)
def test_a_reader_who_is_not_let_in_learns_no_label_of_a_minimal_or_hidden_manifest(
    client: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch, path: str
):
    for object_id in ("open-book", "sparing-book", "secret-book"):
        with_ranges(context, object_id)
    assert "A telling title" in client.get(path.format("open-book")).get_data(as_text=True)
    for object_id in ("sparing-book", "secret-book"):
        assert "A telling title" not in client.get(path.format(object_id)).get_data(as_text=True)
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    assert "A telling title" in client.get(path.format("sparing-book")).get_data(as_text=True)


@pytest.mark.parametrize("build", [manifest2.manifest, manifest3.manifest])
def test_th_86_a_range_of_pages_that_are_not_told_is_not_told_either(build: Any):
    """`The wall` covers canvas 2 alone, `The harbour` around it canvases 1 to 3."""
    untold = replace(book_in_parts(), others=[(2, 2, Access(LOCKED, told=False))])
    found = str(build(untold)["structures"])
    assert "The harbour" in found
    assert "The wall" not in found
    assert "range/2" not in found
    marks = str(about(untold, "x").bookmarks)
    assert "The harbour" in marks
    assert "The wall" not in marks


@pytest.mark.parametrize("case", [("sparing", "1-2", False), ("secret", "1-2", False), ("secret", "2", True)])
@pytest.mark.parametrize("path", MANIFESTS)
def test_th_86_strangers_learn_no_label_of_pages_whose_own_policy_keeps_it(
    client: FlaskClient, context: Context, monkeypatch: pytest.MonkeyPatch, path: str, case: tuple[str, str, bool]
):
    with_ranges(context, "open-book")
    policy, pages, known = case
    rule = f'[[objects.open-book.pages]]\npages = "{pages}"\npolicy = "{policy}"\n'
    context.home.policies_file.write_text(POLICIES + rule)
    assert ("A telling title" in client.get(path.format("open-book")).get_data(as_text=True)) is known
    monkeypatch.setattr(Asker, "verdict", lambda *_: FULL)
    assert "A telling title" in client.get(path.format("open-book")).get_data(as_text=True)
