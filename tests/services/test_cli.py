"""The command line: what it prints, where, and its exit status (DESIGN section 5)."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auth.accounts import Accounts
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.ids import object_id
from lectern.settings import load_settings
from services.cli import main
from services.context import Context
from services.demo import make_reader, make_shelf
from tests.servers import free_port
from tests.services_search.conftest import add_object

Run = Callable[..., Result]

_POLICIES = """
[policies.readers]
patterns = ["login"]
provider = "local"
roles = ["reader"]

[policies.reading-room]
patterns = ["external"]
networks = ["10.0.0.0/8"]
search = "boxes"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    home.policies_file.write_text(_POLICIES)
    add_object(home, "book", "open")
    add_object(home, "letters", "readers")
    add_object(home, "maps", "reading-room")
    return home


@pytest.fixture
def run(home: Home) -> Run:
    def command(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, ["--home", str(home.path), *arguments], input=stdin)

    return command


def _json(result: Result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_search_prints_the_answer_of_each_version(run: Run):
    assert _json(run("search", "book", "mayor"))["hits"][0]["match"] == "mayor"
    assert _json(run("search", "book", "mayor", "--version", "2"))["type"] == "AnnotationPage"


def test_search_takes_the_parameters_that_its_url_takes(run: Run):
    pages = _json(run("search", "book", "mayor", "--order", "rank", "--motivation", "painting", "--version", "0"))
    assert pages["@id"].endswith("/search/0/book?q=mayor&order=rank&motivation=painting")
    assert pages["within"]["total"] == 1
    assert _json(run("search", "book", "mayor", "--motivation", "tagging"))["within"]["total"] == 0
    assert _json(run("search", "book", "mayor", "--user", "https://people.example/ada"))["within"]["total"] == 0
    assert _json(run("search", "book", "mayor", "--from", "book:1"))["startIndex"] == 0
    assert _json(run("search", "all", "mayor", "--collection", "--from", "c:1"))["startIndex"] == 1


def test_search_prints_suggestions(run: Run):
    for name, *options in (["book"], ["all", "--collection"]):
        (term,) = _json(run("search", name, "may", "--suggest", *options))["terms"]
        assert term["match"] == "mayor"
    assert _json(run("search", "letters", "may", "--suggest", "--as", "stranger"))["terms"] == []


def test_search_without_a_word_prints_every_annotation(run: Run):
    document = _json(run("search", "book", ""))
    assert document["resources"]
    assert "hits" not in document


def test_search_is_the_operators_unfiltered_unless_told_otherwise(run: Run):
    run("user", "add", "ann", "--role", "reader", "--password-stdin", stdin="a good long password\n")
    run("user", "add", "bob", "--password-stdin", stdin="a good long password\n")
    totals = {
        who: _json(run("search", "letters", "mayor", *(["--as", who] if who else [])))["within"]["total"]
        for who in ("", "stranger", "ann", "bob")
    }
    assert totals == {"": 1, "stranger": 0, "ann": 1, "bob": 0}


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (["search", "nothing", "x"], ExitCode.NOT_FOUND, "lectern status"),
        (["search", "book", "x", "--as", "nobody"], ExitCode.NOT_FOUND, "lectern user list"),
        (["search", "book", "x" * 2000], ExitCode.INPUT, "at most"),
        (["search", "book", "x", "--date", "2020"], ExitCode.INPUT, "2020-01-01T00:00:00Z/"),
        (["search", "book", "x", "--from", "3"], ExitCode.INPUT, "`next`"),
        (["search", "book", "x", "--from", "letters:1"], ExitCode.INPUT, "book:N"),
        (["search", "book", "x", "--order", "best"], ExitCode.USAGE, "rank"),
        (["search", "book", "x", "--suggest", "--order", "rank"], ExitCode.INPUT, "--suggest"),
        (["policy", "explain", "nothing"], ExitCode.NOT_FOUND, "lectern status"),
        (["policy", "explain", "book", "--from", "nowhere"], ExitCode.INPUT, "10.1.2.3"),
        (["user", "remove", "nobody"], ExitCode.NOT_FOUND, "lectern user list"),
        (["ingest", "/no/such/folder"], ExitCode.INPUT, "Check the path"),
        (["no-such-command"], ExitCode.USAGE, "No such command"),
    ],
)
def test_failures_have_their_status_and_name_the_remedy(run: Run, arguments, status, word):
    result = run(*arguments)
    assert result.exit_code == status
    assert word in result.stderr
    assert result.stdout == ""


def test_a_setting_that_is_wrong_is_named_with_all_others(run: Run, home: Home):
    home.settings_file.write_text('port = "many"\nserach = 1\n')
    result = run("status")
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "port" in result.stderr
    assert "serach" in result.stderr


def test_check_tells_errors_of_settings_policies_and_objects_together(run: Run, home: Home):
    home.settings_file.write_text('port = "many"\nserach = 1\n')
    home.policies_file.write_text('[policies.x]\npattern = ["login"]\n[policies.y]\nnetworks = ["everywhere"]\n')
    next((home.path / "index").rglob("book.*.pack")).unlink()
    result = run("check", "--json")
    assert result.exit_code == ExitCode.CONFIGURATION
    errors = [finding["detail"] for finding in json.loads(result.stdout) if finding["level"] == "error"]
    for word in ("port: ", "serach: ", "policies.x", "policies.y", "The object book"):
        assert len([error for error in errors if word in error]) >= 1, word
    assert all(finding["remedy"] for finding in json.loads(result.stdout))


def test_check_makes_no_home_and_says_that_there_is_none(tmp_path: Path):
    result = CliRunner().invoke(main, ["--home", str(tmp_path / "none"), "check", "--json"])
    assert result.exit_code == 0
    assert [finding["level"] for finding in json.loads(result.stdout)] == ["warning"]
    assert not (tmp_path / "none").exists()


def test_an_aborted_prompt_has_the_status_of_an_interruption_and_changes_nothing(run: Run):
    result = run("user", "add", "ann", stdin="")
    assert result.exit_code == ExitCode.INTERRUPTED
    assert "nothing was changed" in result.stderr
    assert _json(run("user", "list", "--json")) == []


def test_a_broken_policy_file_is_named_and_nothing_is_lost(run: Run, home: Home):
    home.policies_file.write_text("[policies.x]\npatterns = [\n")
    for command in (["policy", "check"], ["check"]):
        result = run(*command)
        assert result.exit_code == ExitCode.CONFIGURATION
        assert "policies.toml" in result.output
    home.policies_file.write_text(_POLICIES)
    assert _json(run("search", "book", "mayor"))["within"]["total"] == 1


def test_an_object_answers_to_the_name_it_was_ingested_by(run: Run, home: Home):
    add_object(home, object_id("ark:/1/x"), "readers")
    assert _json(run("search", "ark:/1/x", "mayor"))["within"]["total"] == 1
    assert _json(run("policy", "explain", "ark:/1/x", "--json"))["policy"] == "readers"


def test_policy_check_lists_the_policies(run: Run):
    assert _json(run("policy", "check", "--json"))["policies"] == ["open", "readers", "reading-room"]


def test_policy_explain_tells_which_rule_decided(run: Run):
    run("user", "add", "ann", "--role", "reader", "--password-stdin", stdin="a good long password\n")
    assert not _json(run("policy", "explain", "letters", "--json"))["allowed"]
    allowed = _json(run("policy", "explain", "letters-2", "--as", "ann", "--json"))
    assert allowed["allowed"]
    assert "ann has the role reader" in allowed["rule"]
    assert _json(run("policy", "explain", "maps", "--from", "10.1.2.3", "--json"))["allowed"]


def test_accounts_are_added_listed_changed_and_removed(run: Run):
    assert (
        run(
            "user", "add", "ann", "--role", "b", "--role", "a", "--password-stdin", stdin="one long password\n"
        ).exit_code
        == 0
    )
    assert _json(run("user", "list", "--json")) == [{"name": "ann", "roles": ["a", "b"]}]
    assert run("user", "passwd", "ann", "--password-stdin", stdin="another long password\n").exit_code == 0
    assert run("user", "add", "ann", "--password-stdin", stdin="one long password\n").exit_code == ExitCode.INPUT
    assert run("user", "remove", "ann").exit_code == 0
    assert _json(run("user", "list", "--json")) == []


def test_th_102_no_password_is_taken_from_the_command_line(run: Run):
    assert "--password " not in run("user", "add", "--help").output.replace("--password-stdin ", "")


def test_check_finds_what_is_wrong_with_objects_and_says_so_as_json_too(run: Run, home: Home):
    add_object(home, "lost", "no-such-policy")
    next((home.path / "index").rglob("book.*.pack")).unlink()
    result = run("check", "--json")
    assert result.exit_code == ExitCode.CONFIGURATION
    details = {finding["detail"] for finding in json.loads(result.stdout)}
    assert any("no-such-policy" in detail for detail in details)
    assert any("book" in detail and "index" in detail for detail in details)
    assert any("boxes" in detail for detail in details)


def test_check_says_when_nobody_can_sign_in(run: Run, monkeypatch):
    monkeypatch.setenv("LECTERN_PUBLIC_URL", "http://books.example.org")
    assert "https" in run("check").stdout


def test_files_that_are_no_ocr_are_said_to_be_left_out(run: Run, tmp_path: Path):
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "p1.hocr").write_text(
        "<html><body><div class='ocr_page' title='bbox 0 0 9 9'><span class='ocrx_word' title='bbox 1 1 5 5'>a</span>"
        "</div></body></html>"
    )
    (folder / "p2.xml").write_text("<TEI/>")
    result = run("ingest", str(folder), "--object", "scans")
    assert result.exit_code == 0
    assert "1 file was left out" in result.stderr


def test_policy_explain_knows_no_image_past_the_last(run: Run):
    assert run("policy", "explain", "book-3").exit_code == 0
    assert run("policy", "explain", "book-4").exit_code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("command", [["up"], ["serve", "search"], ["demo"]])
def test_th_99_a_start_with_broken_policies_is_refused_and_nothing_is_announced(run: Run, home: Home, command):
    home.policies_file.write_text("[policies.readers")
    result = run(*command, "--port", str(free_port()))
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "policies.toml" in result.stderr
    assert "serves" not in result.stderr


def test_the_demo_leaves_a_home_with_a_shelf_of_its_own_alone(home: Home):
    context = Context(load_settings(home.path))
    before = [row.id for row in context.catalogue.objects()]
    assert not make_shelf(context)
    assert [row.id for row in context.catalogue.objects()] == before
    assert home.policies_file.read_text() == _POLICIES


def test_a_demo_that_cannot_start_changes_no_password(tmp_path: Path):
    context = Context(load_settings(tmp_path / "home"))
    context.home.prepare()
    name, password = make_reader(context)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["--home", str(tmp_path / "home"), "demo", "--port", port])
    assert result.exit_code == ExitCode.CONFIGURATION
    assert Accounts(context.state).check(name, password) is not None


@pytest.mark.parametrize(("mode", "told"), [(0o755, True), (0o751, True), (0o750, False), (0o700, False)])
def test_check_warns_of_a_home_that_every_account_may_look_into(run: Run, home: Home, mode: int, told: bool):
    home.path.chmod(mode)
    result = run("check", "--json")
    assert result.exit_code == 0
    found = [finding for finding in json.loads(result.stdout) if f"mode {mode:04o}" in finding["detail"]]
    assert [finding["level"] for finding in found] == ["warning"] * told
    assert all("chmod o-rwx" in finding["remedy"] for finding in found)
