"""`lectern ingest`, `status`, `remove`, `reindex`: output, exit statuses, and whom a policy lets in by mistake."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest import spool
from ingest.keeping import only_writer
from ingest.records import PageRecord
from ingest.underway import note_under_way
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.settings import load_settings
from services.cli import main
from services.ingesting import ingest_with_bar, open_catalogue
from tests.ingest.files import alto, string, text_lines, write_picture
from tests.ingest.pdfs import line, pdf

ROOT = Path(__file__).resolve().parent.parent.parent
POLICIES = """
[policies.readers]
patterns = ["login"]
provider = "local"
substitute = { max_scale = 0.1 }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home that has one policy."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "policies.toml").write_text(POLICIES)
    return home


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a folder of two pages, the first with a picture."""
    folder = tmp_path / "shelf" / "book"
    write_picture(folder / "images" / "p1.png")
    (folder / "ocr").mkdir()
    for n in (1, 2):
        (folder / "ocr" / f"p{n}.xml").write_bytes(alto(text_lines(string(f"word{n}"))))
    return folder


def lectern(home: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


def report(home: Path, *arguments: str | Path) -> Any:
    result = lectern(home, *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_ingest_prints_the_id_and_talks_on_the_other_stream(home: Path, book: Path):
    result = lectern(home, "ingest", book)
    assert (result.exit_code, result.stdout) == (0, "book\n")
    assert "book: 2 pages, 2 words" in result.stderr


def test_ingest_reports_in_json(home: Path, book: Path):
    found = report(
        home, "ingest", book, "--object", "ark:/1/x", "--label", "A", "--collection", "c", "--language", "fra"
    )
    assert found["object"].startswith("ark-1-x-")
    assert {key: found[key] for key in ("original_id", "label", "collections", "languages", "pages", "words")} == {
        "original_id": "ark:/1/x",
        "label": "A",
        "collections": ["c"],
        "languages": ["fr"],
        "pages": 2,
        "words": 2,
    }
    assert found["images"] == 1
    assert found["manifest"].endswith(f"/presentation/3/{found['object']}/manifest")
    assert report(home, "status", "ark:/1/x")["published"] is True


def test_a_broken_page_gives_status_1_and_its_reason(home: Path, book: Path):
    (book / "ocr" / "p1.xml").write_bytes(b"<alto>")
    result = lectern(home, "ingest", book, "--json")
    assert result.exit_code == ExitCode.PAGES_FAILED
    entries = json.loads(result.stdout)["entries"]
    assert [(e["level"], e["trap"], e["page"]) for e in entries if e["level"] == "failure"] == [
        ("failure", "truncated", "p1")
    ]
    assert "failure: page p1: p1.xml ends in the middle" in result.stderr
    shown = lectern(home, "status", "book")
    assert "failure page p1 [truncated]: p1.xml ends in the middle" in shown.stdout


@pytest.mark.parametrize("what", ["missing", "empty", "text", "truncated"])
def test_what_cannot_be_ingested_at_all_gives_status_4_and_a_remedy(home: Path, tmp_path: Path, what: str):
    path = tmp_path / "thing.xml"
    if what == "text":
        path.write_text("hello")
    elif what != "missing":
        path.write_bytes(b"" if what == "empty" else alto("")[:-20])
    result = lectern(home, "ingest", path)
    assert (result.exit_code, result.stdout) == (ExitCode.INPUT, "")
    assert result.stderr.startswith("lectern: ")
    assert "Traceback" not in result.stderr


def test_what_was_there_survives_a_bad_ingest_under_its_id(home: Path, book: Path, tmp_path: Path):
    before = report(home, "ingest", book)
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"<alto>")
    assert lectern(home, "ingest", bad, "--object", "book").exit_code == ExitCode.INPUT
    now = report(home, "status", "book")
    assert (now["generation"], now["pages"]) == (before["generation"], 2)


def test_a_failed_first_ingest_can_be_asked_about(home: Path, tmp_path: Path):
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"<alto>")
    lectern(home, "ingest", bad)
    found = report(home, "status", "bad")
    assert (found["published"], [entry["trap"] for entry in found["entries"]]) == (False, ["truncated"])
    everything = report(home, "status")
    assert (everything["objects"], [entry["object"] for entry in everything["unpublished"]]) == ([], ["bad"])


def test_what_a_failed_ingest_left_can_be_removed(home: Path, tmp_path: Path):
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"<alto>")
    lectern(home, "ingest", bad)
    assert report(home, "remove", "bad") == {"object": "bad", "removed": True, "pages": 0}
    assert report(home, "status") == {"objects": [], "unpublished": [], "under_way": []}
    assert lectern(home, "remove", "bad").exit_code == ExitCode.NOT_FOUND


def test_status_tells_the_failed_pages_alone(home: Path, book: Path):
    (book / "ocr" / "p1.xml").write_bytes(b"<alto>")
    lectern(home, "ingest", book)
    lectern(home, "ingest", book / "ocr" / "p2.xml", "--object", "whole")
    found = report(home, "status", "book", "--failed")
    assert [(page["name"], page["state"]) for page in found["page_states"]] == [("p1", "failed")]
    assert [entry["level"] for entry in found["entries"]] == ["failure"]
    assert [page["state"] for page in report(home, "status", "book")["page_states"]] == ["failed", "read"]
    assert [row["object"] for row in report(home, "status", "--failed")["objects"]] == ["book"]
    shown = lectern(home, "status", "book", "--pages").stdout.splitlines()
    assert "states: 1 failed, 1 read" in shown
    assert [line.split()[:3] for line in shown if line.startswith("p2 ")] == [["p2", "2", "read"]]
    assert lectern(home, "status", "--pages").exit_code == 2


@pytest.mark.parametrize("arguments", [["status"], ["status", "x"], ["remove", "x"], ["reindex"], ["reindex", "x"]])
def test_looking_makes_no_home(tmp_path: Path, arguments: list[str]):
    home = tmp_path / "none"
    result = lectern(home, *arguments)
    assert result.exit_code == (ExitCode.NOT_FOUND if "x" in arguments else 0)
    assert not home.exists()


def test_a_path_that_is_not_there_makes_no_home(tmp_path: Path):
    assert lectern(tmp_path / "none", "ingest", tmp_path / "nothing").exit_code == ExitCode.INPUT
    assert not (tmp_path / "none").exists()


def test_a_dry_run_tells_the_plan_and_leaves_no_trace(tmp_path: Path, book: Path):
    (book / "notes.txt").write_text("hello")
    home = tmp_path / "none"
    found = report(home, "ingest", book, "--dry-run")
    assert (found["object"], found["new"], found["replaces"], found["pages"]) == ("book", True, None, 2)
    assert [(page["image"], page["ocr"], page["format"]) for page in found["planned"]] == [
        ("images/p1.png", "ocr/p1.xml", "ALTO"),
        (None, "ocr/p2.xml", "ALTO"),
    ]
    assert found["left_out"] == [{"file": "notes.txt", "reason": "neither OCR nor a picture: plain text"}]
    shown = lectern(home, "ingest", book, "--dry-run")
    assert "book: a new object; 2 pages" in shown.stdout
    assert "nothing was written" in shown.stderr
    assert lectern(home, "ingest", book, "--dry-run", "--policy", "readers").exit_code == ExitCode.INPUT
    assert not home.exists()


def test_a_dry_run_beside_an_object_changes_not_a_byte(home: Path, book: Path):
    lectern(home, "ingest", book)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    found = report(home, "ingest", book, "--dry-run")
    assert (found["new"], found["replaces"]) == (False, {"pages": 2, "words": 2})
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_dry_run_has_the_status_that_is_to_be_expected(home: Path, book: Path):
    (book / "ocr" / "p2.xml").write_bytes(b"")
    (book.parent / "empty").mkdir()
    assert lectern(home, "ingest", book, "--dry-run").exit_code == ExitCode.PAGES_FAILED
    result = lectern(home, "ingest", book.parent, "--each", "--dry-run", "--json")
    assert result.exit_code == ExitCode.PAGES_FAILED
    assert len(result.stdout.splitlines()) == 1
    assert lectern(home, "ingest", book.parent / "empty", "--dry-run").exit_code == ExitCode.INPUT


def test_quiet_says_nothing_but_errors(home: Path, book: Path):
    result = lectern(home, "ingest", book, "--quiet")
    assert (result.stdout, result.stderr) == ("book\n", "")
    assert lectern(home, "ingest", book / "nothing", "--quiet").stderr.startswith("lectern: ")


def test_progress_can_be_had_as_lines_and_never_on_standard_output(home: Path, book: Path):
    result = lectern(home, "ingest", book, "--progress", "--json")
    assert "book: 2 of 2 pages (100 %)" in result.stderr
    assert len(result.stdout.splitlines()) == 1
    again = report(home, "ingest", book)
    assert (again["unchanged"], again["read"]) == (True, 0)


def test_each_passes_over_the_home_and_links(book: Path, tmp_path: Path):
    (book.parent / "link").symlink_to(tmp_path)
    home = book.parent / "home"
    home.mkdir()
    result = lectern(home, "ingest", book.parent, "--each")
    assert (result.exit_code, result.stdout) == (0, "book\n"), result.stderr


def test_a_name_in_another_encoding_costs_its_page_and_says_how_to_mend_it(home: Path, book: Path):
    bad = Path(os.fsdecode(bytes(book / "ocr") + b"/seite\xe4.xml"))
    bad.write_bytes(alto(text_lines(string("x"))))
    for more in ([], ["--dry-run"]):
        result = lectern(home, "ingest", book, "--json", *more)
        assert result.exit_code == ExitCode.PAGES_FAILED
        (failure,) = (entry for entry in json.loads(result.stdout)["entries"] if entry["level"] == "failure")
        assert (failure["trap"], failure["page"]) == ("name-encoding", "seite\ufffd")
        assert "convmv" in failure["message"]
    folder = Path(os.fsdecode(bytes(book.parent) + b"/b\xfccher"))
    book.rename(folder)
    assert lectern(home, "ingest", folder).exit_code == ExitCode.INPUT


def test_a_disk_that_fails_is_an_error_with_a_remedy(home: Path, book: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("services.ingesting.ingest_path", full)
    result = lectern(home, "ingest", book)
    assert result.exit_code == ExitCode.UNAVAILABLE
    assert result.stderr.startswith("lectern: somewhere: No space left on device. Make room")


def test_an_unknown_policy_is_refused_with_the_names_there_are(home: Path, book: Path):
    result = lectern(home, "ingest", book, "--policy", "reader")
    assert result.exit_code == ExitCode.INPUT
    assert "open, readers" in result.stderr
    assert lectern(home, "status", "book").exit_code == ExitCode.NOT_FOUND


def test_a_restricted_object_stays_restricted_when_it_is_ingested_again(home: Path, book: Path):
    assert report(home, "ingest", book, "--policy", "readers")["policy"] == "readers"
    assert any("~" in path.name for path in Home(home).image_folder("book").iterdir())
    assert report(home, "ingest", book)["policy"] == "readers"
    assert report(home, "ingest", book, "--policy", "open")["policy"] == "open"


def test_a_broken_policies_file_stops_before_anything_is_made(home: Path, book: Path):
    (home / "policies.toml").write_text("[policies.readers\n")
    assert lectern(home, "ingest", book).exit_code == ExitCode.CONFIGURATION
    assert report(home, "status") == {"objects": [], "unpublished": [], "under_way": []}


def test_each_makes_an_object_of_every_folder(home: Path, book: Path):
    other = book.parent / "book10"
    other.mkdir()
    (other / "p1.xml").write_bytes(alto(text_lines(string("x"))))
    (book.parent / "empty").mkdir()
    result = lectern(home, "ingest", book.parent, "--each", "--json")
    assert result.exit_code == ExitCode.PAGES_FAILED
    assert [json.loads(line)["object"] for line in result.stdout.splitlines()] == ["book", "book10"]
    assert "nothing to ingest" in result.stderr
    assert lectern(home, "ingest", book / "ocr", "--each").exit_code == ExitCode.INPUT


def test_several_paths_take_no_single_id(home: Path, book: Path):
    result = lectern(home, "ingest", book / "ocr", book, "--object", "x")
    assert result.exit_code == 2
    assert "--object" in result.stderr


def test_status_lists_objects_in_columns(home: Path, book: Path):
    assert lectern(home, "status").stderr.startswith("There is no object yet")
    lectern(home, "ingest", book)
    lines = lectern(home, "status").stdout.splitlines()
    assert lines[0].split() == ["object", "pages", "words", "failures", "warnings", "policy", "label"]
    assert lines[1].split() == ["book", "2", "2", "0", "1", "open", "book"]


def test_status_of_one_shows_its_canvases(home: Path, book: Path):
    lectern(home, "ingest", book)
    canvases = report(home, "status", "book")["canvases"]
    assert [(c["n"], c["label"], c["image"], c["scale_by"]) for c in canvases] == [
        (1, "p1", True, "image"),
        (2, "p2", False, "ocr-page"),
    ]


@pytest.mark.parametrize("command", ["status", "remove", "reindex"])
@pytest.mark.parametrize("name", ["nothing", "../../etc/passwd", "a/b"])
def test_unknown_names_give_status_5_whatever_they_look_like(home: Path, command: str, name: str):
    result = lectern(home, command, name)
    assert result.exit_code == ExitCode.NOT_FOUND
    assert "lectern status" in result.stderr


def test_remove_takes_row_and_files(home: Path, book: Path):
    lectern(home, "ingest", book)
    assert report(home, "remove", "book") == {"object": "book", "removed": True, "pages": 2}
    assert not Home(home).image_folder("book").exists()
    assert list((home / "index").rglob("*.pack")) == []
    assert lectern(home, "status", "book").exit_code == ExitCode.NOT_FOUND


def test_reindex_makes_a_new_generation_of_all_or_of_one(home: Path, book: Path):
    first = report(home, "ingest", book)
    second = report(home, "reindex", "book")
    third = report(home, "reindex")
    assert first["generation"] < second["generation"] < third["generation"]
    assert third["words"] == 2


def test_fold_and_stem_choose_how_an_object_is_searched_and_status_tells_it(home: Path, book: Path):
    (book / "ocr" / "p1.xml").write_bytes(alto(text_lines(string("vnd"), string("Häuser"))))
    lectern(home, "ingest", book, "--fold", "uv", "--stem", "de", "--stem", "en")
    assert "und" in lectern(home, "search", "book", "und").stdout.replace("vnd", "und")
    assert "Häuser" in lectern(home, "search", "book", "Hauses").stdout
    lectern(home, "ingest", book)
    status = report(home, "status", "book")
    assert (status["fold"], status["stem"]) == (["uv"], ["de", "en"])
    assert status["analysis"].startswith("default 2 fold uv stem de en snowball")
    lectern(home, "reindex", "book", "--fold", "none", "--stem", "de")
    status = report(home, "status", "book")
    assert (status["fold"], status["stem"]) == ([], ["de"])
    assert "stem: de" in lectern(home, "status", "book").stdout


def test_a_language_without_a_stemmer_is_refused_with_those_there_are(home: Path, book: Path):
    result = lectern(home, "ingest", book, "--stem", "tlh")
    assert result.exit_code == 2
    assert "de" in result.stderr


def test_one_torn_pack_does_not_stop_the_others(home: Path, book: Path, tmp_path: Path):
    lectern(home, "ingest", book)
    lectern(home, "ingest", book, "--object", "other")
    (pack,) = (home / "index").rglob("book.*.pack")
    pack.write_bytes(b"torn")
    result = lectern(home, "reindex", "--json")
    assert result.exit_code == ExitCode.UNAVAILABLE
    assert [json.loads(line)["object"] for line in result.stdout.splitlines()] == ["other"]
    assert "book" in result.stderr


def test_the_call_inside_gives_what_the_command_does(home: Path, book: Path):
    result = ingest_with_bar(load_settings(home), book, object_id="x", policy="readers")
    assert (result.row.id, result.row.policy, result.failures) == ("x", "readers", 0)


def test_a_mets_file_that_only_names_others_is_no_fault_and_is_explained(home: Path, book: Path, tmp_path: Path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "anchor.xml").write_text(
        "<mets><structMap><div><mptr href='v1.xml'/></div></structMap></mets>"
    )
    for paths in ([tmp_path / "work" / "anchor.xml"], [tmp_path / "work", book]):
        result = lectern(home, "ingest", *paths)
        assert result.exit_code == 0
        assert "only of 1 other METS files" in result.stderr
    assert report(home, "status", "book")["published"]


@pytest.mark.parametrize("kept", [False, True])
def test_originals_are_kept_where_the_home_says_so(home: Path, book: Path, kept: bool):
    (home / "lectern.toml").write_text(f"keep_originals = {str(kept).lower()}\n")
    assert report(home, "ingest", book)["images"] == 1
    originals = Home(home).image_folder("book") / "originals"
    assert [path.suffix for path in originals.glob("*")] == ([".png"] if kept else [])
    assert report(home, "remove", "book")["removed"]
    assert not Home(home).image_folder("book").exists()


def test_a_plan_of_a_pdf_tells_its_pages_and_their_sizes(home: Path, tmp_path: Path):
    (tmp_path / "book.pdf").write_bytes(pdf(line("one"), line("two"), media="0 0 144 216"))
    result = lectern(home, "ingest", "--dry-run", tmp_path / "book.pdf")
    assert result.exit_code == 0, result.stderr
    assert result.output.count("600 x 900") == 2
    assert not Home(home).image_folder("book").exists()


def test_ctrl_c_ends_an_ingest_in_time_and_publishes_nothing(home: Path, tmp_path: Path):
    folder = tmp_path / "long"
    for n in range(60):
        write_picture(folder / f"p{n}.png", 2400, 3200)
    command = [sys.executable, "-m", "services.cli", "--home", str(home), "ingest", str(folder), "--jobs", "2"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        images = home / "images"
        deadline = time.monotonic() + 60
        while len(list(images.rglob("*.tif"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "the same command goes on" in errors
    told = report(home, "status", "long")
    assert not told["published"]
    assert told["under_way"]["pages"] == 60


@pytest.fixture
def scans(tmp_path: Path) -> list[Path]:
    """Return two folders of one name in different places, of one page each."""
    folders = [tmp_path / place / "scan" for place in ("a", "b")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "p1.xml").write_bytes(alto(text_lines(string(folder.parent.name))))
    return folders


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--watch"]])
def test_two_paths_that_would_become_one_object_are_refused_before_anything_is_done(
    home: Path, scans: list[Path], more: list[str]
):
    result = lectern(home, "ingest", *scans, *more)
    assert result.exit_code == ExitCode.INPUT
    assert all(str(folder) in result.stderr for folder in scans)
    assert "--object" in result.stderr
    assert not (home / "catalogue.db").exists()


def test_the_same_path_twice_is_one_object(home: Path, book: Path):
    assert lectern(home, "ingest", book, book.parent / "." / "book").exit_code == ExitCode.OK


def test_an_object_that_replaces_one_from_elsewhere_is_told_of_once(home: Path, scans: list[Path]):
    first, second = scans
    assert report(home, "ingest", first)["warnings"] == 0
    planned = report(home, "ingest", second, "--dry-run")
    found = report(home, "ingest", second)
    for told in (planned, found):
        (entry,) = told["entries"]
        assert (entry["level"], entry["trap"]) == ("warning", "other-source")
        assert str(first) in entry["message"]
        assert "pages: 1" in entry["message"]
    assert report(home, "ingest", second)["warnings"] == 0
    assert lectern(home, "remove", "scan").exit_code == ExitCode.OK
    assert report(home, "ingest", first)["warnings"] == 0


def test_a_folder_that_was_moved_is_the_same_object(home: Path, scans: list[Path]):
    report(home, "ingest", scans[0])
    moved = scans[0].parent.rename(scans[0].parent.with_name("c")) / "scan"
    assert report(home, "ingest", moved)["unchanged"]
    assert report(home, "ingest", moved)["warnings"] == 0


def test_status_tells_how_far_a_killed_ingest_came_and_the_next_run_what_it_took_from_it(
    home: Path, book: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = load_settings(home)
    add = spool.Spool.add

    def killed(self: spool.Spool, record: PageRecord) -> None:
        add(self, record)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(spool.Spool, "add", killed)
        assert lectern(home, "ingest", book, "--jobs", "1").exit_code == ExitCode.INTERRUPTED
    told = {"object": "book", "pages": 2, "read": 1, "source": str(book), "running": False}
    assert report(home, "status")["under_way"] == [told]
    assert report(home, "status", "book")["under_way"] == told
    for result in (lectern(home, "status"), lectern(home, "status", "book")):
        assert "1 of 2 pages read" in result.output
        assert "run the same command again" in result.output
    with open_catalogue(settings) as catalogue, only_writer(settings.files, catalogue, "book"):
        assert report(home, "status", "book")["under_way"]["running"]
    result = lectern(home, "ingest", book)
    assert "(1 of 2 read before)" in result.stderr
    assert report(home, "status")["under_way"] == []
    assert report(home, "status", "book")["under_way"] is None


def test_what_a_killed_ingest_left_goes_with_the_object(home: Path, book: Path):
    lectern(home, "ingest", book)
    note_under_way(load_settings(home).files, "book", pages=2, known=0, source="there")
    assert len(report(home, "status")["under_way"]) == 1
    lectern(home, "remove", "book")
    assert report(home, "status")["under_way"] == []


def test_files_that_are_left_out_are_counted_one_by_one(home: Path, book: Path):
    for n in range(30):
        (book / f"n{n}.txt").write_text("x")
    (book / "twice").mkdir()
    (book / "twice" / "p1.xml").write_bytes((book / "ocr" / "p1.xml").read_bytes())
    result = lectern(home, "ingest", book)
    assert "  31 files were left out" in result.stderr
    planned = report(home, "ingest", book, "--dry-run")
    assert len(planned["left_out"]) == report(home, "ingest", book)["left_out"] == 31
    named = lectern(home, "status", "book").stdout
    assert "n19.txt and 10 more" in named
    assert "twice/p1.xml is not used" in named


def test_annotations_beside_ocr_are_not_left_out(home: Path, book: Path):
    (book / "notes.json").write_text('{"type": "AnnotationPage", "items": []}')
    assert report(home, "ingest", book)["left_out"] == 0
    assert "left out" not in lectern(home, "ingest", book).stderr


def test_annotation_pages_beside_a_given_manifest_are_found_by_search(home: Path, book: Path, tmp_path: Path):
    body = {"type": "TextualBody", "value": "a fine comment", "format": "text/html"}
    canvas = "https://lib.example/c1"
    note = {"type": "Annotation", "motivation": "commenting", "body": body, "target": canvas}
    place = tmp_path / "manifests"
    place.mkdir()
    (place / "notes-1.json").write_text(json.dumps({"type": "AnnotationPage", "items": [note]}))
    link = {"id": "https://lib.example/notes/notes-1.json", "type": "AnnotationPage"}
    items = [{"id": canvas, "type": "Canvas", "width": 100, "height": 100, "annotations": [link]}]
    manifest = {"id": "https://lib.example/m", "type": "Manifest", "items": items}
    (place / "manifest.json").write_text(json.dumps(manifest))
    assert lectern(home, "ingest", book, "--object", "b", "--manifest", place / "manifest.json").exit_code == 0
    (found,) = json.loads(lectern(home, "search", "b", "comment", "--version", "2").stdout)["items"]
    assert (found["motivation"], found["body"]["value"]) == ("commenting", "a fine comment")
    assert found["target"] == f"{canvas}#xywh=0,0,100,100"


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [("--object", "", "leave the option out"), ("--object", "  ", "leave the option out")]
    + [("--language", value, "such as de") for value in ("deutsch", "", "x", "de,fr")],
)
def test_an_empty_id_and_what_is_no_language_are_refused_with_the_remedy(
    home: Path, book: Path, option: str, value: str, remedy: str
):
    result = lectern(home, "ingest", book, option, value)
    assert (result.exit_code, remedy in " ".join(result.stderr.split())) == (ExitCode.USAGE, True), result.stderr
    assert not (home / "catalogue.db").exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("de", "de"), ("deu", "de"), ("german", "de"), ("de-Latf", "de-Latf"), ("grc", "grc"), ("mul", "mul")],
)
def test_languages_may_be_codes_and_names_that_are_known(home: Path, book: Path, given: str, kept: str):
    assert report(home, "ingest", book, "--language", given)["languages"] == [kept]


def test_a_flood_of_one_warning_is_summed_up_for_people_and_whole_in_json(home: Path, book: Path):
    for n in range(3, 40):
        write_picture(book / "images" / f"p{n}.png")  # pages without OCR
    write_picture(book / "images" / "p2.png", 900, 200)  # of another shape than its OCR
    planned = lectern(home, "ingest", book, "--dry-run").stdout
    told = lectern(home, "ingest", book).stderr
    for said in (planned, told):
        assert "and 34 more of no-ocr" in said
    assert "scale-suspicious" in lectern(home, "status", "book").stdout
    assert "a cut or a turned one?" in told
    assert sum(entry["trap"] == "no-ocr" for entry in report(home, "ingest", book)["entries"]) == 37


def test_failed_shows_failed_rows_and_nothing_else(home: Path, book: Path):
    lectern(home, "ingest", book)
    result = lectern(home, "status", "book", "--failed")
    assert (result.stdout, result.stderr) == ("", "No page of book has failed.\n")
    result = lectern(home, "status", "--failed")
    assert (result.stdout, result.stderr) == ("", "No object has a failure.\n")
    (book / "ocr" / "p2.xml").write_bytes(b"<alto>")
    lectern(home, "ingest", book)
    lines = lectern(home, "status", "book", "--failed").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["page", "p2"]
    found = report(home, "status", "book", "--failed")
    assert found["canvases"] == []
    assert [page["name"] for page in found["page_states"]] == ["p2"]


@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--no-progress"], ["--progress"]])
def test_no_name_of_a_file_tells_the_terminal_anything(home: Path, book: Path, more: list[str]):
    for n, place in enumerate(book.rglob("p*.*")):
        place.rename(place.with_name(f"p{n}\x1b]0;x\x07\r\x9b2J{place.suffix}"))
    (book / "ocr" / "torn\x1b[2J.xml").write_bytes(b"<alto>")
    (book / "else\x1b[2J.txt").write_bytes(b"?")
    wild = book.rename(book.with_name("boo\x1b[2Jk"))
    told = [
        lectern(home, "ingest", wild, *more),
        lectern(home, "status", wild.name, "--pages"),
        lectern(home, "status"),
    ]
    told.append(lectern(home, "ingest", wild.with_name("no\x1b[2Jbook")))
    for each in told:
        assert not set(each.output) & {"\x1b", "\x07", "\r", "\x9b"}
    assert "\ufffd" in told[0].output
