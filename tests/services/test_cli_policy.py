"""`lectern policy`, and what `lectern check` says of policies.toml."""

import json

import pytest
from click.testing import CliRunner, Result

from lectern.catalogue import Catalogue
from lectern.errors import ExitCode
from lectern.home import Home
from services.cli import main
from tests.services_search.conftest import add_object

_POLICIES = """
[policies.readers]
patterns = ["login"]
provider = "local"
roles = ["reader"]

[policies.students]
patterns = ["login", "external"]
provider = "sso"
all_roles = ["student"]
not_roles = ["suspended"]
networks = ["10.0.0.0/8"]
until = 2031-01-01

[objects.maps]
policy = "students"

[[objects.maps.pages]]
pages = "2"
policy = "open"
"""
_SETTINGS = """
[providers.sso]
kind = "oidc"
issuer = "https://sso.example.org"
client_id = "lectern"
client_secret = "0f7c1e9ab4d25588e1c36a9f"
"""


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    home.path.chmod(0o700)
    home.policies_file.write_text(_POLICIES)
    home.settings_file.write_text(_SETTINGS)
    add_object(home, "book", "open")
    add_object(home, "letters", "readers")
    add_object(home, "maps", "readers")
    return home


@pytest.fixture
def run(home: Home):
    def command(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, ["--home", str(home.path), *arguments], input=stdin)

    return command


@pytest.fixture
def explain(run):
    def command(*arguments: str):
        result = run("policy", "explain", *arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return command


def test_a_page_is_decided_by_its_own_policy(explain):
    page = explain("maps-2")
    assert (page["policy"], page["policy_from"], page["allowed"], page["pages"]) == ("open", "pages", True, [])
    other = explain("maps-1")
    assert (other["policy"], other["policy_from"], other["allowed"]) == ("students", "object", False)


def test_th_69_scale_and_text_of_a_small_version_are_told_to_those_who_see_that(explain, run, home: Home):
    marked = _POLICIES.replace("all_roles =", 'substitute = { max_scale = 0.5, watermark = "Here only" }\nall_roles =')
    home.policies_file.write_text(marked)
    told = explain("maps-1")
    assert (told["max_scale"], told["watermark"]) == (0.5, "Here only")
    assert "max_scale: 0.5" in run("policy", "explain", "maps-1").stdout.splitlines()
    assert "watermark: Here only" in run("policy", "explain", "maps-1").stdout.splitlines()
    inside = explain("maps-1", "--from", "10.1.1.1")
    assert (inside["max_scale"], inside["watermark"]) == (None, None)
    assert explain("maps-2")["watermark"] is None


def test_an_object_lists_the_pages_with_other_policies(explain, run):
    whole = explain("maps")
    assert whole["pages"] == [{"pages": "2", "policy": "open"}]
    assert 'ingested under "readers"' in whole["policy_why"]
    assert "pages 2: policy open" in run("policy", "explain", "maps").stdout.splitlines()
    assert explain("letters")["policy_from"] == "ingest"


def test_an_open_page_of_an_object_that_is_hidden_is_explained_by_the_objects_rules(explain, home: Home):
    hidden = _POLICIES.replace('roles = ["reader"]', 'roles = ["reader"]\nmanifest = "hidden"')
    home.policies_file.write_text(hidden + '[[objects.letters.pages]]\npages = "1"\npolicy = "open"\n')
    page = explain("letters-1")
    assert (page["policy"], page["hidden_by"], page["allowed"], page["manifest"]) == (
        "open",
        "readers",
        False,
        "hidden",
    )
    assert [rule["rule"] for rule in page["rules"]] == ["login"]
    inside = explain("letters-1", "--role", "reader")
    assert (inside["hidden_by"], inside["allowed"]) == (None, True)
    assert [rule["rule"] for rule in inside["rules"]] == ["allow"]


def test_a_user_or_somebody_imagined_is_explained(explain, run):
    run("user", "add", "ann", "--role", "student", "--password-stdin", stdin="a good long password\n")
    assert "signed in at local; sso would count" in explain("maps", "--as", "ann")["rule"]
    student = explain("maps", "--provider", "sso", "--role", "student")
    assert student["allowed"]
    assert [rule["rule"] for rule in student["rules"] if rule["decided"]] == ["login"]
    suspended = explain("maps", "--provider", "sso", "--role", "student", "--role", "suspended", "--from", "10.1.2.3")
    assert (suspended["allowed"], suspended["status"]) == (False, 403)
    assert {rule["rule"]: rule["effect"] for rule in suspended["rules"]} == {
        "dates": "does not let in",
        "not_roles": "keeps out",
        "networks": "lets in",
        "login": "lets in",
    }
    assert explain("letters", "--role", "reader")["allowed"]


def test_th_93_a_date_or_an_instant_may_be_asked_for(explain):
    allowed = [
        explain("maps", "--at", at)["allowed"]
        for at in ("2030-12-31", "2030-12-31T23:59:59Z", "2031-01-01T00:30:00+01:00", "2031-01-01T01:00:00+01:00")
    ]
    assert allowed == [False, False, False, True]
    assert explain("maps", "--at", "2031-01-01")["rules"][0]["decided"]


def test_what_is_asked_wrongly_is_said(run):
    for options, status, word in (
        (["--at", "soon"], ExitCode.INPUT, "2031-01-01"),
        (["--at", "2031-01-01T00:00:00"], ExitCode.INPUT, "offset"),
        (["--provider", "university"], ExitCode.INPUT, "local, codes, sso"),
        (["--as", "ann", "--role", "x"], ExitCode.USAGE, "imagine"),
    ):
        result = run("policy", "explain", "maps", *options)
        assert result.exit_code == status
        assert word in result.stderr


def test_policy_set_puts_an_object_under_another_policy_at_once(run, explain, home: Home):
    result = run("policy", "set", "book", "readers")
    assert result.exit_code == 0
    assert "before, it was under open" in result.stderr
    assert explain("book")["policy"] == "readers"
    assert Catalogue(home).get("book").policy == "readers"


def test_th_107_policy_set_is_in_the_audit_log(run, home: Home):
    home.settings_file.write_text('audit_file = "audit.jsonl"\n' + _SETTINGS)
    assert run("policy", "set", "book", "readers").exit_code == 0
    [line] = map(json.loads, (home.path / "audit.jsonl").read_text().splitlines())
    assert (line["event"], line["policy"], line["outcome"]) == ("policies", "readers", "granted")
    assert line["about"].startswith("book put under it, before under ")


def test_policy_set_refuses_what_there_is_not_and_changes_nothing(run, explain):
    unknown = run("policy", "set", "book", "raeders")
    assert unknown.exit_code == ExitCode.INPUT
    assert "open, readers, students" in unknown.stderr
    assert explain("book")["policy"] == "open"
    assert run("policy", "set", "nothing", "readers").exit_code == ExitCode.NOT_FOUND


def test_policy_set_says_what_the_file_keeps_in_force(run, explain):
    told = run("policy", "set", "maps", "open").stderr
    assert "stays in force: students, open for pages 2." in told
    assert explain("maps")["policy"] == "students"


def test_errors_of_the_file_are_json_too(run, home: Home):
    home.policies_file.write_text('[policies.x]\npattern = 1\n[objects.book]\npolicy = "y"\n')
    result = run("policy", "check", "--json")
    assert result.exit_code == ExitCode.CONFIGURATION
    errors = json.loads(result.stdout)["errors"]
    assert [error["detail"].split(": ")[1] for error in errors] == [
        "policies.x.pattern",
        "objects.book.policy",
    ]
    assert all("lectern policy check" in error["remedy"] for error in errors)
    home.policies_file.write_text(_POLICIES)
    assert json.loads(run("policy", "check", "--json").stdout) == {
        "policies": ["open", "readers", "students"],
        "objects": ["maps"],
        "errors": [],
    }
    assert "Objects: maps" in run("policy", "check").stdout


def _details(result: Result) -> list[str]:
    return [finding["detail"] for finding in json.loads(result.stdout)]


def test_check_tells_doubts_about_accounts_and_objects(run, home: Home):
    home.policies_file.write_text(
        _POLICIES.replace('all_roles = ["student"]\n', "").replace('pages = "2"', 'pages = "2, 7"')
        + '[objects.mpas]\npolicy = "readers"\n'
    )
    result = run("check", "--json")
    assert result.exit_code == 0
    for part in ("an account there: sso", "[objects.mpas]", "names the pages 7"):
        assert len([detail for detail in _details(result) if part in detail]) == 1, part


def test_check_tells_overrides_of_a_home_without_objects(tmp_path):
    (tmp_path / "policies.toml").write_text('[objects.mpas]\npolicy = "open"\n')
    result = CliRunner().invoke(main, ["--home", str(tmp_path), "check", "--json"])
    assert any("[objects.mpas]" in detail for detail in _details(result))


def test_check_calls_no_provider_unknown_while_the_settings_are_broken(run, home: Home):
    home.settings_file.write_text("serach = 1\n" + _SETTINGS)
    home.policies_file.write_text(_POLICIES + "[policies.y]\nx = 1\n")
    details = _details(run("check", "--json"))
    assert any("serach" in detail for detail in details)
    assert any("policies.y.x" in detail for detail in details)
    assert not any("no provider" in detail for detail in details)
    home.settings_file.write_text("")
    assert any("no provider 'sso'" in detail for detail in _details(run("check", "--json")))


def test_an_object_whose_policy_the_file_replaces_is_not_called_closed(run, home: Home):
    add_object(home, "lost", "no-such-policy")
    home.policies_file.write_text(_POLICIES + '[objects.lost]\npolicy = "open"\n')
    assert not any("no-such-policy" in detail for detail in _details(run("check", "--json")))


def test_th_99_errors_for_people_are_a_line_each_and_the_remedy_is_the_last(run, home: Home):
    home.policies_file.write_text('[policies.x]\nsearch = "all"\nallow = "nobody"\n[objects.book]\npolicy = "y"\n')
    result = run("policy", "check")
    assert result.exit_code == ExitCode.CONFIGURATION
    *errors, last = result.stderr.splitlines()
    assert [line.split(": ")[2] for line in errors] == ["policies.x.search", "objects.book.policy"]
    assert all(line.startswith("lectern: policies.toml: ") and line.endswith(").") for line in errors)
    assert last.startswith("lectern: 2 errors. `lectern policy check`")


def test_what_is_explained_to_people_has_no_words_of_python(run):
    lines = run("policy", "explain", "letters").stdout.splitlines()
    assert "allowed: no" in lines
    assert "allowed: yes" in run("policy", "explain", "book").stdout.splitlines()
    assert not any(line.endswith((": None", ": True", ": False")) for line in lines)
