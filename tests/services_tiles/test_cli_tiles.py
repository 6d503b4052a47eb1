"""`lectern tiles`: what everybody may see becomes files for a plain web server, and nothing else does."""

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from image.info import Picture, info3
from image.pyramid import ensure_reduced
from image.render import render
from lectern.errors import ExitCode
from lectern.ids import ImageId
from lectern.urls import Urls
from services.tiles.manifest import manifest as write
from tests.attack.test_tiers import tiles_of_openseadragon
from tests.image.conftest import decoded, difference
from tests.image.test_request import ask
from tests.services_tiles.conftest import BASE, HEIGHT, POLICIES, WIDTH, Desk


def document(path: Path) -> Any:
    return json.loads(path.read_bytes())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "mixed"


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def addresses(value: Any) -> set[str]:
    """Return every address under the copy's own in a document."""
    if isinstance(value, dict):
        return set().union(*map(addresses, value.values()))
    if isinstance(value, list):
        return set().union(*map(addresses, value))
    return {value} if isinstance(value, str) and value.startswith("http") else set()


@pytest.mark.parametrize("version", [2, 3])
def test_whatever_info_json_and_manifest_lead_to_is_there(desk: Desk, out: Path, version: int):
    result = desk.run("mixed", str(out), "--version", str(version))
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{BASE}/manifest.json\n"
    manifest, files = document(out / "manifest.json"), below(out)
    services = [
        canvas["items"][0]["items"][0]["body"]["service"][0]
        for canvas in manifest["items"]
        if canvas["items"][0]["items"]
    ]
    assert len(services) == 2
    for service in services:
        base = (service["id"] if version == 3 else service["@id"]).removeprefix(f"{BASE}/")
        info = document(out / base / "info.json")
        assert info["id" if version == 3 else "@id"] == f"{BASE}/{base}"
        if version == 3:
            assert {f"{base}/{parts}" for parts in tiles_of_openseadragon(info, 3)} <= files
        for size in info["sizes"]:
            assert f"{base}/full/{size['width']},{size['height']}/0/default.jpg" in files
    named = {address.removeprefix(f"{BASE}/") for address in addresses(manifest) if address.startswith(BASE)}
    assert {name for name in named if name.endswith((".jpg", ".json"))} <= files
    assert {name for name in named if "/text/" in f"/{name}"} == {"text/1.json", "text/2.json", "text/4.json"}


def test_the_pixels_are_those_of_the_service(desk: Desk, out: Path):
    desk.run("mixed", str(out))
    canvas = desk.context.catalogue.canvas("mixed", 1)
    assert canvas is not None
    assert canvas.image is not None
    pyramid = desk.context.home.images / canvas.image
    announced = info3(Urls("http://x"), ImageId("mixed", 1), Picture(WIDTH, HEIGHT, 512, 40_000_000))
    for parts in tiles_of_openseadragon(announced, 3):
        region, size, _, _ = parts.split("/")
        asked = ask(3, region, size, "0", "default.jpg", width=WIDTH, height=HEIGHT)
        assert (out / "images/1" / parts).read_bytes() == render(asked, pyramid)


def test_th_62_a_reduced_page_is_copied_from_its_reduced_raster_alone(desk: Desk, out: Path):
    desk.run("mixed", str(out))
    info = document(out / "images/2~small/info.json")
    assert (info["width"], info["height"]) == (275, 200)
    canvas = desk.context.catalogue.canvas("mixed", 2)
    assert canvas is not None
    assert canvas.image is not None
    pyramid = desk.context.home.images / canvas.image
    asked = ask(3, "full", "max", "0", "default.png", width=275, height=200)
    expected = decoded(render(asked, ensure_reduced(pyramid, "small", 0.25)))
    copied = decoded((out / "images/2~small/full/max/0/default.jpg").read_bytes())
    assert difference(copied, expected) < 8
    sizes = [decoded(path.read_bytes()) for path in (out / "images/2~small").rglob("*.jpg")]
    assert max(max(picture.width, picture.height) for picture in sizes) == 275


def test_th_58_of_a_closed_page_there_is_neither_pixel_nor_text(desk: Desk, out: Path):
    result = desk.run("mixed", str(out), "--json")
    report = json.loads(result.stdout)
    assert (report["pages"], report["reduced"], report["with_text"]) == (2, [2], 3)
    assert [each["page"] for each in report["left_out"]] == [3, 4, 5]
    assert 'policy "sealed"' in report["left_out"][0]["reason"]
    assert report["left_out"][1]["reason"] == "it has no picture"
    assert not [name for name in below(out) if name.startswith(("images/3", "images/4", "images/5"))]
    assert {name for name in below(out) if name.startswith("text/")} == {"text/1.json", "text/2.json", "text/4.json"}
    manifest = document(out / "manifest.json")
    assert [len(canvas["items"][0]["items"]) for canvas in manifest["items"]] == [1, 1, 0, 0, 0]
    told = json.dumps(manifest)
    assert not any(word in told for word in ("SearchService", "AuthProbe", "/auth/", "AutoComplete", "localhost"))
    assert (report["files"], report["bytes"]) == (
        len(below(out)),
        sum(path.stat().st_size for path in out.rglob("*") if path.is_file()),
    )


def test_th_69_a_copy_of_a_reduced_page_has_the_text_over_it(desk: Desk, out: Path, tmp_path: Path):
    desk.run("mixed", str(out))
    marked = POLICIES.replace('tier = "small"', 'tier = "small", watermark = "Here only"')
    desk.context.home.policies_file.write_text(marked)
    again = tmp_path / "copies" / "marked"
    assert desk.run("mixed", str(again)).exit_code == 0
    name = "images/2~small/full/max/0/default.jpg"
    assert difference(*(decoded((folder / name).read_bytes()) for folder in (out, again))) > 5


def test_lines_lie_where_the_picture_shows_them(desk: Desk, out: Path):
    desk.run("mixed", str(out))
    whole, reduced = (document(out / f"text/{n}.json") for n in (1, 2))
    assert [item["body"]["value"] for item in reduced["items"]] == ["the harbour of 2", "was closed"]
    assert whole["items"][0]["target"] == f"{BASE}/canvas/1#xywh=20,20,390,30"
    assert reduced["items"][0]["target"] == f"{BASE}/canvas/2#xywh=5,5,97,7"
    canvas = document(out / "manifest.json")["items"][1]
    assert (canvas["id"], canvas["width"], canvas["height"]) == (f"{BASE}/canvas/2", 275, 200)
    assert "reduced" in canvas["summary"]["en"][0]


def test_parts_of_the_book_lead_to_the_canvases_of_the_copy(desk: Desk, out: Path):
    desk.run("mixed", str(out))
    manifest = document(out / "manifest.json")
    assert [item["id"] for item in manifest["structures"][0]["items"]] == [f"{BASE}/canvas/{n}" for n in (1, 2)]
    assert {canvas["id"] for canvas in manifest["items"]} == {f"{BASE}/canvas/{n}" for n in range(1, 6)}


def test_a_sparing_manifest_tells_no_more_in_the_copy(desk: Desk, out: Path):
    result = desk.run("sparing", str(out))
    assert result.exit_code == 0, result.output
    manifest = document(out / "manifest.json")
    assert not {"summary", "metadata", "structures"} & manifest.keys()
    assert [canvas["label"] for canvas in manifest["items"]] == [{"none": ["1"]}, {"none": ["2"]}]
    assert not (out / "text").exists()


@pytest.mark.parametrize(("name", "why"), [("cellar", "hidden from strangers"), ("sealed", "Strangers see no picture")])
def test_th_85_what_is_hidden_or_closed_is_refused_and_leaves_nothing(desk: Desk, out: Path, name: str, why: str):
    result = desk.run(name, str(out))
    assert result.exit_code == ExitCode.INPUT
    assert why in result.stderr
    assert f"`lectern policy explain {name}`" in result.stderr
    assert not out.exists()
    assert not out.parent.exists() or not list(out.parent.iterdir())


def test_a_page_that_another_image_server_has_is_left_out_with_that_reason(
    desk: Desk, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LECTERN_IMAGE_SERVER", "http://127.0.0.1:1/iiif")
    report = json.loads(desk.run("mixed", str(out), "--json").stdout)
    assert "another image server" in next(page["reason"] for page in report["left_out"] if page["page"] == 4)


def test_an_object_that_there_is_not_has_its_own_status(desk: Desk, out: Path):
    assert desk.run("nothing", str(out)).exit_code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("base", ["", "static.example.org", "https://x.org/?a=1", "https://x.org/#a", "ftp://x.org/a"])
def test_a_base_that_is_no_address_is_refused_with_an_example(desk: Desk, out: Path, base: str):
    result = desk.run("mixed", str(out), "--base", base)
    assert result.exit_code == ExitCode.USAGE
    assert "https://static.example.org/book" in result.stderr


def test_a_copy_is_replaced_only_when_asked_and_nothing_else_ever(desk: Desk, out: Path):
    assert desk.run("mixed", str(out)).exit_code == 0
    before = below(out)
    refused = desk.run("mixed", str(out))
    assert refused.exit_code == ExitCode.INPUT
    assert "--force" in refused.stderr
    (out / "images/1/info.json").write_text("{}")
    assert desk.run("mixed", str(out), "--force", "--version", "3").exit_code == 0
    assert below(out) == before
    assert document(out / "images/1/info.json")["width"] == WIDTH
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    (out / "notes.txt").write_text("mine")
    assert desk.run("mixed", str(out), "--force").exit_code == ExitCode.INPUT
    assert (out / "notes.txt").read_text() == "mine"


def test_an_empty_folder_is_filled(desk: Desk, out: Path):
    out.mkdir(parents=True)
    assert desk.run("mixed", str(out)).exit_code == 0
    assert (out / "manifest.json").exists()


def test_a_full_disk_keeps_nothing_and_says_so(desk: Desk, out: Path, monkeypatch: pytest.MonkeyPatch):
    write, written = Path.write_bytes, 0

    def fills(path: Path, data: bytes) -> int:
        nonlocal written
        written += 1
        if written > 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", fills)
    result = desk.run("mixed", str(out), "--jobs", "1")
    assert result.exit_code == ExitCode.UNAVAILABLE
    assert "No space left on device" in result.stderr
    assert "Make room" in result.stderr
    assert list(out.parent.iterdir()) == []


def test_a_picture_that_is_gone_keeps_nothing(desk: Desk, out: Path):
    shutil.rmtree(desk.context.home.image_folder("mixed"))
    result = desk.run("mixed", str(out))
    assert result.exit_code == ExitCode.UNAVAILABLE
    assert list(out.parent.iterdir()) == []


def test_th_99_a_policy_that_changes_meanwhile_calls_the_copy_off(
    desk: Desk, out: Path, monkeypatch: pytest.MonkeyPatch
):
    def closes(*arguments: Any) -> Any:
        desk.context.catalogue.set_policy("mixed", "sealed")
        return write(*arguments)

    monkeypatch.setattr("services.tiles.writing.manifest", closes)
    result = desk.run("mixed", str(out))
    assert result.exit_code == ExitCode.INPUT
    assert "changed while the copy was written" in result.stderr
    assert list(out.parent.iterdir()) == []


def test_what_was_left_out_is_told_by_its_reason(desk: Desk, out: Path):
    told = desk.run("mixed", str(out)).stderr
    assert 'left out: page 3: policy "sealed"' in told
    assert "mixed: 2 pages, 1 of them reduced, 3 left out" in told
