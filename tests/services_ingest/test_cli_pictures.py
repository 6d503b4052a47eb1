"""`lectern ingest --pictures`: objects whose pictures stay at S3 storage or at a web server, and what is served."""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lectern.catalogue import CanvasRow, Catalogue
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.settings import load_settings
from services import borrowing
from services.app import create_app
from services.cli import main
from services.context import Context
from tests.image.conftest import noise
from tests.ingest.files import alto, string, text_lines
from tests.ingest.web import Answer, Web, serve
from tests.peers.storage import Storage, real_storage

SIZES = {1: (500, 700), 2: (600, 840), 10: (700, 980)}


def jpeg(width: int, height: int) -> bytes:
    return bytes(noise(width, height).jpegsave_buffer(Q=80))


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with real_storage(tmp_path_factory.mktemp("s3")) as storage:
        for n, size in SIZES.items():
            storage.put(f"scans/vol7/p{n}.jpg", jpeg(*size))
        storage.put("scans/vol7/readme.txt", b"scanned by hand")
        storage.put("scans/vol70/p1.jpg", jpeg(10, 10))
        yield storage


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        yield web


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a folder of OCR alone."""
    folder = tmp_path / "shelf" / "vol7"
    folder.mkdir(parents=True)
    for n in (1, 2, 10):
        (folder / f"p{n}.xml").write_bytes(alto(text_lines(string(f"word{n}"))))
    return folder


def configure(home: Path, **sources: dict[str, Any]) -> None:
    lines = []
    for name, table in sources.items():
        lines += [f"[sources.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    (home / "lectern.toml").write_text("\n".join(lines))
    (home / "lectern.toml").chmod(0o600)


def lectern(home: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


def report(home: Path, *arguments: str | Path) -> Any:
    result = lectern(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def canvases(home: Path, object_id: str) -> list[CanvasRow]:
    catalogue = Catalogue(Home(home))
    try:
        return catalogue.canvases(object_id)
    finally:
        catalogue.close()


def tile(home: Path, image: str) -> tuple[int, str]:
    context = Context(load_settings(home))
    try:
        answer = create_app(context, ["image"]).test_client().get(f"/iiif/3/{image}/0,0,100,100/max/0/default.jpg")
        return answer.status_code, str(answer.content_type)
    finally:
        context.catalogue.close()
        context.state.close()


def test_the_pictures_of_a_folder_of_ocr_stay_at_s3(home: Path, book: Path, storage: Storage):
    configure(home, store=storage.settings(prefix="scans/"))
    done = report(home, "ingest", book, "--pictures", "store:vol7")
    assert (done["pages"], done["images"], done["failures"], done["warnings"]) == (3, 3, 0, 0)
    assert [(c.label, c.image, c.width, c.height, c.words, c.scale_by) for c in canvases(home, "vol7")] == [
        (f"p{n}", f"store:vol7/p{n}.jpg", *size, 1, "image") for n, size in SIZES.items()
    ]
    assert not Home(home).image_folder("vol7").exists()
    assert tile(home, "vol7-2") == (200, "image/jpeg")
    assert len(list(Home(home).borrowed.glob("*/*/*.tif"))) == 1


def test_what_did_not_change_is_not_read_again_and_a_changed_picture_is(home: Path, book: Path, storage: Storage):
    configure(home, store=storage.settings(prefix="other/"))
    for n in (1, 2, 10):
        storage.put(f"other/vol7/p{n}.jpg", jpeg(300, 400))
    report(home, "ingest", book, "--pictures", "store:vol7")
    again = report(home, "ingest", book, "--pictures", "store:vol7")
    assert (again["read"], again["unchanged"]) == (0, True)
    storage.put("other/vol7/p2.jpg", jpeg(600, 800))
    changed = report(home, "ingest", book, "--pictures", "store:vol7")
    assert (changed["read"], changed["kept"]) == (1, 2)
    assert [c.width for c in canvases(home, "vol7")] == [300, 600, 300]


def test_pictures_at_s3_alone_are_an_object(home: Path, storage: Storage):
    configure(home, store=storage.settings(prefix="scans/"))
    done = report(home, "ingest", "--pictures", "store:vol7/", "--label", "Volume seven")
    assert (done["object"], done["pages"], done["images"], done["words"]) == ("vol7", 3, 3, 0)
    assert tile(home, "vol7-3") == (200, "image/jpeg")
    planned = report(home, "ingest", "--pictures", "store:vol7/", "--dry-run")
    assert [(page["image"], page["size"]) for page in planned["planned"]] == [
        (f"store:vol7/p{n}.jpg", [*size]) for n, size in SIZES.items()
    ]
    assert all(entry["trap"] != "other-source" for entry in planned.get("entries", ()))


def test_a_template_names_the_pictures_of_a_web_server(home: Path, book: Path, web: Web):
    for n in (1, 10):
        web.pages[f"/scans/vol7/p{n}_max.jpg"] = Answer(jpeg(*SIZES[n]), etag=f'"{n}"')
    configure(home, web={"kind": "http", "base": web.url("/scans")})
    done = report(home, "ingest", book, "--pictures", "web:{object}/{name}_max.jpg", "--label", "b")
    assert (done["pages"], done["images"]) == (3, 2)
    assert [c.image for c in canvases(home, "vol7")] == ["web:vol7/p1_max.jpg", None, "web:vol7/p10_max.jpg"]
    assert tile(home, "vol7-1") == (200, "image/jpeg")
    assert tile(home, "vol7-2")[0] == 404


def test_a_picture_whose_head_does_not_tell_its_size_is_fetched_whole(home: Path, book: Path, web: Web):
    tiff = bytes(noise(400, 300).tiffsave_buffer())  # its directory comes last
    web.pages |= {f"/p{n}.tif": Answer(tiff) for n in (1, 2, 10)}
    configure(home, web={"kind": "http", "base": web.url("/")})
    report(home, "ingest", book, "--pictures", "web:{name}.tif")
    assert [(c.width, c.height) for c in canvases(home, "vol7")] == [(400, 300)] * 3


def test_of_a_tiff_its_directory_is_read_alone(home: Path, storage: Storage):
    turned = noise(900, 700).copy()
    turned.set_type(turned.get_typeof("width"), "orientation", 6)
    storage.put("tiffs/p1.tif", bytes(noise(900, 700).tiffsave_buffer()))
    storage.put("tiffs/p2.tif", bytes(turned.tiffsave_buffer()))
    storage.put("tiffs/p3.tif", bytes(noise(900, 700).tiffsave_buffer())[:-2000])  # its directory is cut off
    configure(home, store=storage.settings(max_bytes=4 << 20))
    result = lectern(home, "ingest", "--pictures", "store:tiffs", "--json")
    assert result.exit_code == 1
    assert [(c.width, c.height) for c in canvases(home, "tiffs")] == [(900, 700), (700, 900)]
    assert [entry["page"] for entry in json.loads(result.stdout)["entries"]] == ["p3"]
    assert tile(home, "tiffs-2") == (200, "image/jpeg")


def test_a_picture_that_cannot_be_shown_costs_its_page_only(home: Path, book: Path, web: Web):
    good = jpeg(300, 400)
    web.pages = {"/p1.jpg": Answer(good), "/p2.jpg": Answer(b"<html>no</html>"), "/p10.jpg": Answer(status=403)}
    configure(home, web={"kind": "http", "base": web.url("/")})
    result = lectern(home, "ingest", book, "--pictures", "web:{name}.jpg", "--json")
    assert result.exit_code == 1
    done = json.loads(result.stdout)
    assert (done["pages"], done["images"], done["words"]) == (3, 1, 3)
    assert sorted(entry["trap"] for entry in done["entries"] if entry["level"] == "failure") == [
        "not-a-picture",
        "source-refused",
    ]
    told = next(entry["message"] for entry in done["entries"] if entry["trap"] == "not-a-picture")
    assert told.startswith("web:p2.jpg is no picture")


def test_a_picture_that_does_not_decode_is_named_as_the_operator_knows_it(home: Path, book: Path, web: Web):
    torn = b"\xff\xd8\xff\xe0" + bytes(300)
    web.pages = {"/vol7/p1.jpg": Answer(jpeg(30, 40)), "/vol7/p2.jpg": Answer(torn), "/vol7/p10.jpg": Answer(torn)}
    configure(home, web={"kind": "http", "base": web.url("/")})
    result = lectern(home, "ingest", book, "--pictures", "web:vol7/{name}.jpg", "--json")
    told = [entry["message"] for entry in json.loads(result.stdout)["entries"] if entry["level"] == "failure"]
    assert [message.split()[0] for message in told] == ["web:vol7/p2.jpg", "web:vol7/p10.jpg"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere:vol7", "There is no source 'nowhere'"),
        ("web:vol7", "lists nothing"),
        ("web:vol7/", "web:vol7/{name}.jpg"),
        ("web:vol7/{nam}.jpg", "{nam} in web:vol7/{nam}.jpg is no word of a template. {name} is"),
        ("web:{name}.jpg", "There is no picture at"),
        ("down:{name}.jpg", "cannot be fetched"),
        ("wrong:vol7", "SignatureDoesNotMatch"),
        ("store:empty", "There is no picture at"),
    ],
)
def test_a_source_that_cannot_be_used_is_told(home: Path, book: Path, storage: Storage, place: str, said: str):
    wrong = storage.settings(secret="wrong-and-secret")
    down = {"kind": "http", "base": "http://127.0.0.1:1/"}
    web = {"kind": "http", "base": f"{storage.endpoint}/nothing-there/"}
    configure(home, web=web, down=down, store=storage.settings(), wrong=wrong)
    result = lectern(home, "ingest", book, "--pictures", place)
    assert result.exit_code == 4
    assert said in result.output
    assert "wrong-and-secret" not in result.output


def test_a_template_without_ocr_has_no_names_to_fill_in(home: Path, web: Web):
    configure(home, web={"kind": "http", "base": web.url("/")})
    result = lectern(home, "ingest", "--pictures", "web:vol7/{name}.jpg")
    assert result.exit_code == 4
    assert "There are no names to fill into web:vol7/{name}.jpg" in result.output
    assert "OCR or METS" in result.output


def test_verify_reindex_and_remove_know_pictures_elsewhere(home: Path, book: Path, storage: Storage):
    configure(home, store=storage.settings(prefix="scans/"))
    report(home, "ingest", book, "--pictures", "store:vol7")
    assert tile(home, "vol7-1")[0] == 200
    assert lectern(home, "check").exit_code == 0
    assert lectern(home, "reindex", "vol7").exit_code == 0
    assert [c.image for c in canvases(home, "vol7")] == [f"store:vol7/p{n}.jpg" for n in (1, 2, 10)]
    assert lectern(home, "remove", "vol7").exit_code == 0
    assert list(Home(home).borrowed.glob("*/*/*.tif")) == []
    report(home, "ingest", book, "--pictures", "store:vol7")
    configure(home)
    checked = lectern(home, "check")
    assert checked.exit_code == 3
    assert "[sources.store]" in checked.output


@pytest.mark.parametrize("hindrance", ["held", "no folder"])
def test_an_object_is_removed_though_copies_of_its_pictures_are_not(
    home: Path, book: Path, storage: Storage, hindrance: str, monkeypatch: pytest.MonkeyPatch
):
    configure(home, store=storage.settings(prefix="scans/"))
    report(home, "ingest", book, "--pictures", "store:vol7")
    assert tile(home, "vol7-1")[0] == 200
    kept = Home(home).borrowed
    monkeypatch.setattr(borrowing, "FORGET_SECONDS", 0.0)
    with ExitStack() as holding:
        if hindrance == "held":
            for path in (kept / "locks").iterdir():
                fcntl.flock(holding.enter_context(path.open("w")), fcntl.LOCK_EX)
        else:
            shutil.rmtree(kept)
            kept.write_text("no folder")
        removed = lectern(home, "remove", "vol7")
    assert removed.exit_code == 0, removed.output
    assert f"may still lie in {kept}." in removed.stderr
    assert ("1 picture " if hindrance == "held" else "3 pictures ") in removed.stderr
    assert canvases(home, "vol7") == []
    assert lectern(home, "remove", "vol7").exit_code == ExitCode.NOT_FOUND


def test_check_online_asks_every_source(home: Path, storage: Storage, web: Web):
    good = {"kind": "http", "base": web.url("/")}
    configure(home, store=storage.settings(), web=good)
    assert lectern(home, "check", "--online").exit_code == 0
    wrong = storage.settings(secret="wrong-and-secret")
    down = {"kind": "http", "base": "http://127.0.0.1:1/"}
    gone = storage.settings(endpoint="http://127.0.0.1:1")
    configure(home, store=storage.settings(), web=good, wrong=wrong, down=down, gone=gone)
    assert lectern(home, "check").exit_code == 0
    checked = lectern(home, "check", "--online")
    assert checked.exit_code == 3
    assert "error: The source wrong cannot be listed: the secret is not that of the access key" in checked.output
    assert "SignatureDoesNotMatch" in checked.output
    assert "error: The source gone cannot be listed: nothing answers at its endpoint" in checked.output
    assert "Source down: http://127.0.0.1:1/lectern-check cannot be fetched" in checked.output
    assert "Source web" not in checked.output
    assert "wrong-and-secret" not in checked.output


def test_options_that_do_not_go_together_are_refused(home: Path, book: Path, storage: Storage):
    configure(home, store=storage.settings())
    assert lectern(home, "ingest").exit_code == 2
    assert lectern(home, "ingest", book, book, "--pictures", "store:vol7").exit_code == 2
