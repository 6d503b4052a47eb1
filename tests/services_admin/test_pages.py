"""What the operator's pages tell: sums, objects, ledgers, ingests, policies and why, sizes, what check says."""

import json
import re
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from ingest.keeping import under_way_path
from lectern.catalogue import CanvasRow, LedgerEntry, ObjectRow, PageState
from lectern.urls import canvas_path
from services.admin.kept import Kept
from services.admin.showing import ago, size
from services.admin.sizes import room_of
from tests.services_auth.conftest import Browser, Site


def publish(site: Site, name: str, *pages: PageState, entries: tuple[LedgerEntry, ...] = (), label: str = "") -> None:
    """Put an object on the shelf with a ledger."""
    canvases = [CanvasRow(n, canvas_path(name, n), 100, 100) for n in range(1, len(pages) + 1)]
    row = ObjectRow(name, name, label or name, pages=len(pages), words=sum(page.words for page in pages))
    site.context.catalogue.publish(row, canvases, entries, pages)


def waited_for(look: Callable[[], bool]) -> bool:
    """Return whether something comes about in time."""
    end = time.monotonic() + 120  # what is looked for beside the requests gives way to all else on the machine
    while not look():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def figures(page: str) -> dict[str, str]:
    """Return the figures of the overview by name."""
    found = re.findall(r"<dt>(.*?)</dt><dd.*?>(?:<a .*?>)?(.*?)(?:</a>)?</dd>", page)
    return dict(found)


def test_the_overview_tells_sums_stores_versions_and_sessions(site: Site, operator: Browser):
    failure = LedgerEntry("failure", "torn-file", "The file ends too early.", "2")
    publish(
        site,
        "torn",
        PageState(1, "1", 1, "read", 1234),
        PageState(2, "2", 2, "failed", reason="torn"),
        entries=(failure, LedgerEntry("warning", "no-size", "No size.", "1")),
    )
    text = operator.get("/admin").text
    told = figures(text)
    assert told == {
        "Objects": "11",
        "Pages": "32",
        "Words": "1,234",
        "Failures": "1",
        "Warnings": "1",
        "Sessions": "1",
    }
    assert re.findall(r'<th scope="row">(\w+)</th><td><span class="state good">ok', text) == [
        "catalogue",
        "state",
        "policies",
    ]
    assert "SQLAlchemy".lower() in text


def test_a_store_that_fails_is_told_on_the_overview(site: Site, operator: Browser, monkeypatch: pytest.MonkeyPatch):
    from lectern.errors import StoreUnavailable
    from services.admin import overview

    def down() -> None:
        raise StoreUnavailable("The cluster does not answer.", "Look at it.")

    monkeypatch.setattr(overview, "checks_of", lambda context, services: {"index": down})
    assert '<span class="state bad">The cluster does not answer. Look at it.' in operator.get("/admin").text


def test_objects_are_found_by_id_and_title_whatever_the_case_and_page_by_page(site: Site, operator: Browser):
    for number in range(60):
        publish(site, f"book-{number:02}", label=f"Volume {number}")
    rows = re.compile(r'<th scope="row"><a href="/admin/objects/([^"]+)">')
    assert len(rows.findall(operator.get("/admin/objects").text)) == 50
    second = operator.get("/admin/objects?page=2").text
    assert len(rows.findall(second)) == 20
    assert "Page 2 of 2" in second
    assert rows.findall(operator.get("/admin/objects?q=vOlUmE 7").text) == ["book-07"]
    assert rows.findall(operator.get("/admin/objects?q=BOOK-13").text) == ["book-13"]
    assert rows.findall(operator.get("/admin/objects", query_string={"q": "%"}).text) == []
    assert "q=volume" in operator.get("/admin/objects?q=volume").text


def test_objects_with_failures_are_listed_those_too_that_were_never_published(site: Site, operator: Browser):
    failure = LedgerEntry("failure", "no-pages", "There is no page in it.")
    publish(site, "half", PageState(1, "1", 1, "read", 3), entries=(failure,))
    site.context.catalogue.note("stillborn", [failure])
    listed = operator.get("/admin/objects?show=failing").text
    assert "2 objects with failures" in listed
    assert re.search(r"stillborn</a>.*?not published", listed, re.S)
    alone = operator.get("/admin/objects/stillborn").text
    assert "not published" in alone
    assert "There is no page in it." in alone


def test_a_ledger_tells_of_each_page_its_state_trap_and_reason_and_of_one_state_alone(site: Site, operator: Browser):
    publish(
        site,
        "book",
        PageState(1, "a", 1, "read", 12, warnings={"no-size": 1}),
        PageState(2, "b", 2, "failed", reason="The file ends <too> early."),
        PageState(3, "c", 3, "empty"),
        PageState(4, "d", None, "no-text"),
        entries=(
            LedgerEntry("warning", "no-size", "The page has no size.", "a"),
            LedgerEntry("failure", "torn-file", "The file ends <too> early.", "b"),
            LedgerEntry("warning", "left-out", "A file was left out."),
        ),
    )
    text = operator.get("/admin/objects/book").text
    assert re.findall(r'<tr data-state="([\w-]+)">', text) == ["read", "failed", "empty", "no-text"]
    assert "<code>no-size</code>" in text
    assert "<code>torn-file</code>" in text
    assert text.count("The file ends &lt;too&gt; early.") == 1
    assert "A file was left out." in text
    assert re.findall(r'<tr data-state="([\w-]+)">', operator.get("/admin/objects/book?state=failed").text) == [
        "failed"
    ]


def test_an_ingest_under_way_is_told_with_pages_and_one_that_was_stopped_too(site: Site, operator: Browser):
    place = under_way_path(site.context.home, "coming")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"pages": 200, "elsewhere": 50, "source": "scans/coming"}))
    for path in ("/admin", "/admin/ingest", "/admin/ingest/now"):
        text = operator.get(path).text
        assert 'max="200" value="50"' in text
        assert "stopped" in text
    assert operator.get("/admin/ingest/now").text.lstrip().startswith("<ul")
    assert "were read by an ingest that was stopped" in operator.get("/admin/objects/coming").text


def test_an_object_that_another_machine_holds_is_told(site: Site, operator: Browser):
    catalogue = site.context.catalogue
    with catalogue.leases.hold("far", "there"):
        text = operator.get("/admin/ingest/now").text
    assert "being written" in text
    assert "Nothing is being read" in operator.get("/admin/ingest/now").text


def test_the_policies_in_force_are_listed_with_the_objects_under_them(operator: Browser):
    text = operator.get("/admin/policies").text
    assert re.search(r'<th scope="row">staff</th><td class="number">1</td><td>login</td><td>local</td>', text)
    assert re.search(r'<th scope="row">typo</th>.*?there is no such policy', text, re.S)


def test_explain_says_for_a_stranger_a_user_roles_and_an_address_which_rule_decides(site: Site, operator: Browser):
    def asked(**question: str) -> str:
        answer = operator.get("/admin/policies", query_string=question)
        assert answer.status_code == 200
        told = answer.text.partition('id="verdict">')[2].partition("</section>")[0]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told)).strip()

    assert asked(resource="members").startswith("Not let in")
    assert asked(resource="members", user="ann").startswith("Let in")
    assert asked(resource="members", user="bob").startswith("Not let in")
    assert asked(resource="staff-2", roles="staff", provider="local").startswith("Let in")
    assert asked(resource="room", address="10.1.2.3").startswith("Let in")
    assert "10.1.2.3 is in 10.0.0.0/8" in asked(resource="room", address="10.1.2.3")
    assert asked(resource="embargo", at="2031-01-01").startswith("Let in")


@pytest.mark.parametrize(
    ("question", "status", "told"),
    [
        ({"resource": "nothing"}, 404, "There is no object or image"),
        ({"resource": "open", "user": "nobody"}, 404, "nobody"),
        ({"resource": "open", "address": "10.1"}, 400, "is no IP address"),
        ({"resource": "open", "at": "tomorrow"}, 400, "is no date"),
        ({"resource": "open", "provider": "x"}, 400, "There is no provider"),
    ],
)
def test_explain_says_what_it_cannot_read(operator: Browser, question: dict[str, str], status: int, told: str):
    answer = operator.get("/admin/policies", query_string=question)
    assert answer.status_code == status
    assert told in answer.text.partition('role="alert"')[2]


def test_hostile_texts_of_books_and_readers_are_only_texts(site: Site, operator: Browser):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    publish(
        site,
        "evil",
        PageState(1, evil, 1, "failed", reason=evil),
        entries=(LedgerEntry("failure", "trap", evil, evil), LedgerEntry("warning", "trap", evil)),
        label=evil,
    )
    for path in ("/admin/objects", "/admin/objects/evil", "/admin/ingest"):
        text = operator.get(path).text
        assert "alert(1)" in text
        assert "<img src=x" not in text
        assert "<script>alert" not in text
    shown = operator.get("/admin/policies", query_string={"resource": evil, "user": evil}).text
    assert "<img src=x" not in shown


def test_sizes_are_measured_beside_the_requests_and_kept_in_the_home(site: Site, operator: Browser):
    pack = site.context.home.path / "index" / "ab" / "x.pack"
    pack.parent.mkdir(parents=True)
    pack.write_bytes(b"x" * 20_000_000)
    assert "It is being measured" in operator.get("/admin").text
    assert waited_for(lambda: "Measured" in operator.get("/admin").text)
    assert re.search(r'<th scope="row">Index</th>\s*<td class="number">20\.0 MB', operator.get("/admin").text)
    file = site.context.home.path / "cache" / "sizes.json"
    assert file.stat().st_mode & 0o077 == 0


def test_what_check_says_is_told_once_it_has_run(site: Site, operator: Browser):
    (site.context.home.path / "lectern.toml").write_text('institutoin = "Harbour"\n')
    assert "first time" in operator.get("/admin/check").text
    assert waited_for(lambda: "first time" not in operator.get("/admin/check").text)
    assert "institutoin" in operator.get("/admin/check").text


def test_what_is_kept_is_looked_for_once_by_all_and_anew_when_it_is_old(site: Site):
    looks = count(1)
    first, second = (Kept(site.context.home, "things", lambda: next(looks), 60, site.clock) for _ in range(2))
    assert first.newest() is None
    assert waited_for(lambda: (found := second.newest()) is not None and found.what == 1)
    site.clock.move(61)
    found = second.newest()
    assert found
    assert (found.what, found.under_way) == (1, True)
    assert waited_for(lambda: (found := first.newest()) is not None and found.what == 2 and not found.under_way)


def test_where_the_home_takes_no_file_a_process_remembers_what_it_found(site: Site):
    (site.context.home.path / "cache").write_text("no folder")
    kept = Kept(site.context.home, "things", lambda: "found", 60, site.clock)
    kept.newest()
    assert waited_for(lambda: kept.newest() is not None)


def test_what_cannot_be_found_out_fails_no_page_and_is_tried_again(site: Site):
    tried: list[int] = []

    def fails() -> None:
        tried.append(1)
        raise ValueError("nothing there")

    kept = Kept(site.context.home, "things", fails, 60, site.clock)
    assert waited_for(lambda: kept.newest() is None and len(tried) >= 2)


def test_a_folder_is_counted_up_to_a_number_of_files_and_links_are_not_followed(tmp_path: Path):
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(b"x" * 5000)
    (tmp_path / "round").symlink_to(tmp_path)
    assert room_of(tmp_path).files == 6
    assert room_of(tmp_path).bytes >= 25_000
    assert room_of(tmp_path, most=3).whole is False
    assert room_of(tmp_path / "nowhere").files == 0


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (123_456, "123 kB"), (1 << 40, "1.1 TB")]
)
def test_sizes_are_told_as_people_write_them(number: int, told: str):
    assert size(number) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(3, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"), (9e6, "104 days ago")]
)
def test_moments_are_told_as_people_say_them(seconds: float, told: str):
    assert ago(seconds) == told
