"""`ingest --augment`, `harvest --augment`, `augment`: a manifest made elsewhere with our search and our doors."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.documents import kept_document
from lectern.errors import ExitCode
from lectern.home import Home
from services.cli import main
from tests.ingest.files import alto, string, text_lines, write_picture
from tests.ingest.web import Answer, serve

Json = dict[str, Any]
POLICIES = '[policies.members]\npatterns = ["login"]\n'
NAMES = [f"https://lib.example/c{n}" for n in (1, 2)]


def body(n: int) -> Json:
    service = {"id": f"https://img.example/p{n}", "type": "ImageService3", "profile": "level2"}
    return {"id": f"{service['id']}/full/max/0/default.jpg", "type": "Image", "service": [service]}


def document(version: int) -> Json:
    """Return a manifest of two canvases of 600 by 800 pixels."""
    size = {"width": 600, "height": 800}
    if version == 3:
        canvases = [
            {"id": name, "type": "Canvas", "label": {"none": [str(n)]}}
            | size
            | {"items": [{"type": "AnnotationPage", "items": [{"type": "Annotation", "motivation": "painting",
                                                               "body": body(n), "target": name}]}]}
            for n, name in enumerate(NAMES, 1)
        ]  # fmt: skip
        return {"id": "https://lib.example/m", "type": "Manifest", "label": {"en": ["A book"]}, "items": canvases}
    older = [
        {"@id": name, "@type": "sc:Canvas", "label": str(n)}
        | size
        | {"images": [{"@type": "oa:Annotation", "motivation": "sc:painting", "on": name,
                       "resource": {"@id": body(n)["id"], "@type": "dctypes:Image", "service": body(n)["service"][0]}}]}
        for n, name in enumerate(NAMES, 1)
    ]  # fmt: skip
    sequences = [{"@type": "sc:Sequence", "canvases": older}]
    return {"@id": "https://lib.example/m", "@type": "sc:Manifest", "label": "A book", "sequences": sequences}


def lectern(home: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "policies.toml").write_text(POLICIES)
    return folder


def scans(tmp_path: Path, *, pictures: bool = True) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    for n in (1, 2):
        (folder / f"{n}.xml").write_bytes(alto(text_lines(string(f"word{n}"))))
        if pictures:
            write_picture(folder / f"{n}.png", 600, 800)
    return folder


def given(tmp_path: Path, version: int) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(document(version)))
    return path


def without_search(found: Json) -> Json:
    services = found.pop("service")
    assert [each.get("@id") or each["id"] for each in services] == [
        f"http://localhost:8080/search/{version}/book" for version in (1, 2)
    ]
    return found


@pytest.mark.parametrize("version", [2, 3])
def test_an_open_object_has_its_manifest_with_our_search_and_hits_on_its_canvases(
    home: Path, tmp_path: Path, version: int
):
    out = tmp_path / "out.json"
    manifest = given(tmp_path, version)
    result = lectern(home, "ingest", scans(tmp_path), "--manifest", manifest, "--augment", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "book\n"
    assert without_search(json.loads(out.read_bytes())) == document(version)
    for api, key, target in (("1", "resources", "on"), ("2", "items", "target")):
        found = json.loads(lectern(home, "search", "book", "word2", "--version", api).stdout)
        (hit,) = found[key]
        assert hit[target].partition("#xywh=")[0] == NAMES[1]


@pytest.mark.parametrize("version", [2, 3])
def test_th_86_a_restricted_object_has_our_doors_and_no_way_round_them(home: Path, tmp_path: Path, version: int):
    asked = ("--manifest", given(tmp_path, version), "--policy", "members", "--augment", "-")
    result = lectern(home, "ingest", scans(tmp_path), *asked)
    assert result.exit_code == 0, result.stderr
    assert "img.example" not in result.stdout
    for n in (1, 2):
        assert f"http://localhost:8080/iiif/2/book-{n}" in result.stdout
    assert "http://localhost:8080/auth/access/members" in result.stdout
    assert ("/auth/probe/book-1" in result.stdout) == (version == 3)


def test_a_picture_that_stays_open_elsewhere_is_said_loudly(home: Path, tmp_path: Path):
    asked = ("--manifest", given(tmp_path, 3), "--policy", "members", "--augment", "-")
    result = lectern(home, "ingest", scans(tmp_path, pictures=False), *asked)
    assert without_search(json.loads(result.stdout)) == document(3)
    assert "warning: picture-open-elsewhere: pages 1, 2 are restricted here" in result.stderr
    assert "https://img.example" in result.stderr


def test_the_manifest_can_be_had_again_as_policies_are_now(home: Path, tmp_path: Path):
    lectern(home, "ingest", scans(tmp_path), "--manifest", given(tmp_path, 3))
    assert without_search(json.loads(lectern(home, "augment", "book").stdout)) == document(3)
    lectern(home, "policy", "set", "book", "members")
    out = tmp_path / "out.json"
    assert lectern(home, "augment", "book", out).exit_code == 0
    assert "img.example" not in out.read_text()
    theirs = json.loads(lectern(home, "augment", "book", "--images", "theirs").stdout)
    (service,) = theirs["items"][0]["items"][0]["items"][0]["body"]["service"]
    assert service["id"] == "https://img.example/p1"
    assert service["service"][0]["@id"] == "http://localhost:8080/auth/access/members"


def test_a_harvested_manifest_can_be_had_again_too(home: Path, tmp_path: Path):
    with serve() as web:
        found = document(3)
        for n, canvas in enumerate(found["items"], 1):
            canvas["seeAlso"] = [{"id": web.url(f"/{n}.xml"), "type": "Dataset", "format": "application/xml+alto"}]
            web.pages[f"/{n}.xml"] = Answer(alto(text_lines(string(f"word{n}"))))
        web.pages["/m"] = Answer(json.dumps(found).encode())
        out = tmp_path / "out.json"
        asked = ("harvest", web.url("/m"), "--object", "book", "--allow-private", "--policy", "members")
        result = lectern(home, *asked, "--augment", out)
    assert result.exit_code == 0, result.stderr
    assert "text-open-elsewhere" in result.stderr
    assert without_search(json.loads(out.read_bytes())) == found
    assert json.loads(lectern(home, "augment", "book").stdout) == json.loads(out.read_bytes())


def test_th_86_what_stays_open_elsewhere_is_in_the_ledger_and_in_check_as_policies_are_now(home: Path, tmp_path: Path):
    lectern(home, "ingest", scans(tmp_path, pictures=False), "--manifest", given(tmp_path, 3))
    assert "picture-open-elsewhere" not in lectern(home, "status", "book").stdout
    assert "picture-open-elsewhere" not in lectern(home, "check").output
    (told_before,) = json.loads(lectern(home, "status", "--json").stdout)["objects"]
    lectern(home, "policy", "set", "book", "members")
    said = "pages 1, 2 are restricted, but https://img.example has the pictures"
    ledger = lectern(home, "status", "book").stdout
    assert "picture-open-elsewhere" in ledger
    assert said in ledger
    assert f"The object book: {said}" in lectern(home, "check").output
    (told,) = json.loads(lectern(home, "status", "--json").stdout)["objects"]
    assert told["warnings"] == told_before["warnings"] + 1


def test_what_stays_open_elsewhere_is_told_of_single_pages_and_of_none_whose_picture_is_ours(
    home: Path, tmp_path: Path
):
    folder, manifest = scans(tmp_path, pictures=False), given(tmp_path, 3)
    lectern(home, "ingest", folder, "--manifest", manifest)
    (home / "policies.toml").write_text(f'{POLICIES}[[objects.book.pages]]\npages = "2"\npolicy = "members"\n')
    assert "The object book: page 2 is restricted, but" in lectern(home, "check").output
    write_picture(folder / "2.png", 600, 800)
    lectern(home, "ingest", folder, "--manifest", manifest)
    assert "restricted, but" not in lectern(home, "check").output


def test_a_broken_policy_file_does_not_hide_the_ledger(home: Path, tmp_path: Path):
    lectern(home, "ingest", scans(tmp_path, pictures=False), "--manifest", given(tmp_path, 3))
    (home / "policies.toml").write_text("[policies")
    result = lectern(home, "status", "book")
    assert result.exit_code == 0, result.output
    assert "book" in result.stdout


def test_a_misspelt_policy_is_refused_before_anything_is_fetched(home: Path, tmp_path: Path):
    with serve() as web:
        web.pages["/m"] = Answer(json.dumps(document(3)).encode())
        folder, url = scans(tmp_path), web.url("/m")
        for asked in (
            ("harvest", url),
            ("ingest", folder, "--manifest", url),
            ("ingest", folder, "--manifest", url, "--dry-run"),
        ):
            result = lectern(home, *asked, "--policy", "membres", "--allow-private")
            assert "membres" in result.stderr
            assert result.exit_code not in {ExitCode.OK, ExitCode.PAGES_FAILED}
        assert web.asked == []


def test_an_object_without_such_a_manifest_has_none_and_it_is_gone_with_its_object(home: Path, tmp_path: Path):
    folder, manifest = scans(tmp_path), given(tmp_path, 3)
    lectern(home, "ingest", folder, "--manifest", manifest)
    assert kept_document(Home(home), "book") == document(3)
    lectern(home, "ingest", folder)
    result = lectern(home, "augment", "book")
    assert result.exit_code == ExitCode.INPUT
    assert "There is no manifest from elsewhere of book" in result.stderr
    assert lectern(home, "augment", "nothing").exit_code == ExitCode.NOT_FOUND
    lectern(home, "ingest", folder, "--manifest", manifest)
    assert lectern(home, "remove", "book").exit_code == 0
    assert not Home(home).given_manifest("book").exists()


def test_options_that_do_not_go_together_are_refused(home: Path, tmp_path: Path):
    folder, manifest = scans(tmp_path), given(tmp_path, 3)
    assert lectern(home, "ingest", folder, "--augment", "-").exit_code == ExitCode.USAGE
    assert (
        lectern(home, "ingest", folder, "--manifest", manifest, "--augment", "-", "--dry-run").exit_code
        == ExitCode.USAGE
    )


def test_a_folder_that_is_not_there_is_told_before_any_work(home: Path, tmp_path: Path):
    out = tmp_path / "absent" / "x.json"
    result = lectern(home, "ingest", scans(tmp_path), "--manifest", given(tmp_path, 3), "--augment", out)
    assert result.exit_code == 2
    assert str(out.parent) in result.stderr
    assert not (home / "catalogue.db").exists()


def test_addresses_that_nobody_else_reaches_are_told_of(home: Path, tmp_path: Path):
    asked = ("ingest", scans(tmp_path), "--manifest", given(tmp_path, 3), "--augment", tmp_path / "x.json")
    result = lectern(home, *asked)
    assert "LECTERN_PUBLIC_URL" in result.stderr
