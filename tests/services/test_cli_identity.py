"""`lectern code`, `session`, `terms` and `user roles`: what they print, and what they never print."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auth.accounts import Accounts
from auth.identity import Identity
from auth.throttle import PER_ACCOUNT
from lectern.errors import ExitCode
from lectern.home import Home
from lectern.settings import Settings
from services.cli import main
from services.context import Context

VIEWER = "https://viewer.example.org"
_POLICIES = '[policies.gazette]\npatterns = ["clickthrough"]\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "policies.toml").write_text(_POLICIES)
    return tmp_path


@pytest.fixture
def context(home: Path):
    context = Context(Settings(home=home))
    yield context
    context.state.close()


@pytest.fixture
def run(home: Path):
    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--home", str(home), *arguments])

    return command


def rows(result: Result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


class TestCodes:
    def test_a_code_is_printed_once_and_listed_without_it(self, run, home: Path):
        made = run("code", "add", "--role", "reader", "--days", "2", "--uses", "3", "--label", "seminar")
        assert made.exit_code == 0
        code = made.stdout.strip()
        assert len(code) == 24
        [row] = rows(run("code", "list", "--json"))
        assert (row["label"], row["roles"], row["uses_left"], row["good"]) == ("seminar", ["reader"], 3, True)
        left = datetime.fromisoformat(row["ends"]) - datetime.now(UTC)
        assert timedelta(days=1) < left <= timedelta(days=2)
        assert code not in run("code", "list").stdout
        assert code not in made.stderr

    def test_a_code_ends_with_the_first_moment_of_a_date(self, run):
        assert run("code", "add", "--until", "2100-01-01").exit_code == 0
        assert rows(run("code", "list", "--json"))[0]["ends"] == "2100-01-01T00:00:00+00:00"

    @pytest.mark.parametrize(
        ("options", "status"),
        [
            (["--until", "2100-01-01", "--days", "3"], ExitCode.USAGE),
            (["--until", "soon"], ExitCode.USAGE),
            (["--until", "2100-01-01T12:00:00"], ExitCode.USAGE),
            (["--until", "2100-01-01T00:00:00"], ExitCode.USAGE),
            (["--until", "2020-01-01"], ExitCode.INPUT),
            (["--days", "0"], ExitCode.USAGE),
            (["--uses", "0"], ExitCode.USAGE),
            (["--role", "two words"], ExitCode.INPUT),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, run, options: list[str], status: ExitCode):
        assert run("code", "add", *options).exit_code == status
        assert rows(run("code", "list", "--json")) == []

    def test_removing(self, run):
        run("code", "add", "--label", "seminar")
        assert run("code", "remove", "seminar").exit_code == 0
        assert run("code", "remove", "seminar").exit_code == ExitCode.NOT_FOUND


class TestSessions:
    def test_th_102_sessions_are_listed_without_secrets_and_ended(self, run, context: Context):
        cookie = context.sessions.sign_in(Identity("ann", ("member",), "campus", "Ann", "sid-1", "token-1"), VIEWER)
        context.sessions.accept_terms("gazette@1", VIEWER)
        listed = run("session", "list", "--json")
        assert [row["user"] for row in rows(listed)] == ["ann", None]
        assert rows(listed)[0]["provider"] == "campus"
        assert len(rows(run("session", "list", "--json", "--user", "ann"))) == 1
        shown = listed.stdout + run("session", "list").stdout
        assert not any(secret in shown for secret in (cookie, "token-1", "sid-1"))
        ended = run("session", "end", "ann")
        assert "Ended 1 session." in ended.stderr
        assert not context.sessions.reader(cookie).session
        assert "Ended 1 session." in run("session", "end", "--all").stderr

    @pytest.mark.parametrize("options", [[], ["ann", "--all"], ["--provider", "local", "--all"]])
    def test_whose_sessions_end_has_to_be_said(self, run, context: Context, options: list[str]):
        cookie = context.sessions.sign_in(Identity("ann"), VIEWER)
        assert run("session", "end", *options).exit_code == ExitCode.USAGE
        assert context.sessions.reader(cookie).session

    def test_th_36_roles_of_an_account_are_changed_at_once(self, run, context: Context):
        Accounts(context.state).add("ann", "a long password", ["member"])
        cookie = context.sessions.sign_in(Identity("ann", ("member",)), VIEWER)
        assert "ann has the roles editor" in run("user", "roles", "ann", "--role", "editor").stderr
        assert context.sessions.reader(cookie).roles == {"editor"}
        assert "ann has no role" in run("user", "roles", "ann").stderr
        assert context.sessions.reader(cookie).roles == frozenset()
        assert run("user", "roles", "nobody").exit_code == ExitCode.NOT_FOUND


def test_who_accepted_what_is_listed_and_whether_the_words_are_still_those(run, context: Context, home: Path):
    gazette = context.policies.current().get("gazette")
    signed_in = context.sessions.sign_in(Identity("ann"), VIEWER)
    context.sessions.accept_terms("other@old", VIEWER, context.sessions.accept_terms(gazette.terms, VIEWER, signed_in))
    listed = rows(run("terms", "list", "--json"))
    assert {(row["user"], row["policy"], row["current"]) for row in listed} == {
        ("ann", "gazette", True),
        ("ann", "other", False),
    }
    (home / "policies.toml").write_text(_POLICIES + 'description = "Other words."\n')
    [row] = rows(run("terms", "list", "--policy", "gazette", "--json"))
    assert row["current"] is False


def test_terms_in_words_of_the_operators_own_are_current_too(run, home: Path):
    (home / "words").mkdir()
    (home / "words/it.toml").write_text(
        '[policy]\nterms_header = "Le condizioni"\nterms_description = "Accetta, dice {institution}."\n'
    )
    context = Context(Settings(home=home))
    context.sessions.accept_terms(
        context.policies.current().get("gazette").terms, VIEWER, context.sessions.sign_in(Identity("ann"), VIEWER)
    )
    context.state.close()
    assert [row["current"] for row in rows(run("terms", "list", "--json"))] == [True]


def test_th_107_what_an_operator_did_is_in_the_audit_log_without_names_and_codes(run, home: Path):
    (home / "lectern.toml").write_text('audit_file = "audit.jsonl"\n')
    code = run("code", "add", "--label", "seminar").stdout.strip()
    assert run("code", "remove", "seminar").exit_code == 0
    assert run("session", "end", "annabel").exit_code == ExitCode.NOT_FOUND
    assert run("session", "end", "--all").exit_code == 0
    Home(home).key("forms")
    assert run("keys", "rotate").exit_code == 0
    text = (home / "audit.jsonl").read_text()
    told = [(line["event"], line["about"]) for line in map(json.loads, text.splitlines())]
    assert told == [
        ("code", "added"),
        ("code", "removed"),
        ("session", "0 sessions ended"),
        ("keys", "forms rotated, 1 older key accepted"),
    ]
    assert not any(word in text for word in (code, "seminar", "annabel"))


@pytest.mark.parametrize(("terminal", "shown"), [(True, False), (False, True)])
def test_th_107_the_audit_line_of_a_command_is_for_who_collects_logs_not_for_a_terminal(
    run, monkeypatch: pytest.MonkeyPatch, capfd, terminal: bool, shown: bool
):
    monkeypatch.setattr("services.telling._at_terminal", lambda: terminal)
    assert run("code", "add", "--label", "seminar").exit_code == 0
    assert ("audit" in capfd.readouterr().err) is shown


def test_th_16_an_operator_unlocks_an_account(run, context: Context):
    Accounts(context.state).add("ann", "a long password")
    for _ in range(PER_ACCOUNT):
        context.throttle.begin_sign_in("ann", None)
    assert context.throttle.begin_sign_in("ann", None).wait > 0
    assert "Unlocked ann" in run("user", "unlock", "ann").stderr
    assert context.throttle.begin_sign_in("ann", None).wait == 0
    assert run("user", "unlock", "nobody").exit_code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("command", ["add", "passwd"])
def test_th_18_a_short_password_is_refused_to_a_person_and_a_program_is_warned(
    home: Path, context: Context, command: str
):
    if command == "passwd":
        Accounts(context.state).add("ann", "a long password")
    arguments = ["--home", str(home), "user", command, "ann"]
    result = CliRunner().invoke(main, arguments, input="x\nx\n")
    assert result.exit_code == ExitCode.INPUT
    assert "too short" in result.stderr
    result = CliRunner().invoke(main, [*arguments, "--password-stdin"], input="x\n")
    assert result.exit_code == ExitCode.OK
    assert "fewer than 8" in result.stderr


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["nobody"], ExitCode.NOT_FOUND),
        (["nobody", "--provider", "codes"], ExitCode.NOT_FOUND),
        (["nobody", "--provider", "nope"], ExitCode.INPUT),
        (["--provider", "nope"], ExitCode.INPUT),
        (["bob"], ExitCode.OK),
        (["bob", "--provider", "local"], ExitCode.OK),
        (["seminar"], ExitCode.OK),
        (["--provider", "local"], ExitCode.OK),
        (["--all"], ExitCode.OK),
        (["gone", "--provider", "taken-out"], ExitCode.OK),
    ],
)
def test_ending_sessions_of_nobody_there_is_is_told(run, context: Context, options: list[str], status: ExitCode):
    Accounts(context.state).add("bob", "a long password")
    run("code", "add", "--label", "seminar")
    context.sessions.sign_in(Identity("gone", (), "taken-out"), VIEWER)
    assert run("session", "end", *options).exit_code == status


def test_lists_have_headings_and_words_for_people(run, context: Context):
    assert run("code", "list").stdout == ""
    run("code", "add", "--label", "seminar")
    heading, row = run("code", "list").stdout.splitlines()
    assert heading.split() == ["label", "roles", "ends", "uses_left", "good"]
    assert row.split()[0] == "seminar"
    assert row.split()[-1] == "yes"
    context.sessions.sign_in(Identity("ann"), VIEWER)
    assert run("session", "list").stdout.startswith("user")
