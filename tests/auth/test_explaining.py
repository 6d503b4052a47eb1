"""What an explanation says agrees with the decision, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from auth.decision import STRANGER, Reader, decide
from auth.explaining import holding, rule_reports
from auth.policy import OPEN, closed_policy
from tests.auth.test_decision_rules import INSIDE, NOW, ROOM, addresses, policies, policy, reader, readers
from tests.policies import policies_of

FILE = """
[policies.members]
patterns = ["login"]
[objects.letters]
policy = "members"
[[objects.letters.pages]]
pages = "3-5"
policy = "open"
"""


@settings(deadline=None)
@given(policies, readers, addresses, st.sampled_from([None, NOW, NOW + timedelta(days=1)]), st.booleans())
def test_th_94_the_rules_explain_the_verdict(asked, who, where, until, everyone):
    asked = replace(asked, until=until, everyone=everyone)
    reports = rule_reports(asked, who, where, NOW)
    verdict = decide(asked, who, where, NOW)
    kept_out = any(report.effect == "keeps out" for report in reports)
    let_in = [report.rule for report in reports if report.effect == "lets in"]
    assert verdict.allowed is (bool(let_in) and (not kept_out or let_in[0] in {"allow", "dates"}))
    decided = [report for report in reports if report.decided]
    assert len(decided) == (1 if verdict.allowed or kept_out else 0) or decided[0].rule == "not_roles"
    assert [report.effect for report in decided] in (["lets in"], ["keeps out"], [])
    assert all(report.why for report in reports)


def test_every_rule_says_what_this_reader_lacks():
    asked = policy(
        patterns=frozenset({"login", "clickthrough", "external"}),
        networks=ROOM,
        roles=frozenset({"member"}),
        not_roles=frozenset({"banned"}),
        until=datetime(2031, 1, 1, tzinfo=UTC),
    )
    told = {report.rule: report.why for report in rule_reports(asked, reader("staff"), None, NOW)}
    assert list(told) == ["dates", "not_roles", "networks", "login", "clickthrough"]
    assert "until 2031-01-01" in told["dates"]
    assert "10.0.0.0/8" in told["networks"]
    assert told["login"] == "ann lacks the role member"
    assert "not accepted" in told["clickthrough"]
    stranger = {report.rule: report.why for report in rule_reports(asked, STRANGER, INSIDE, NOW)}
    assert "nobody is signed in" in stranger["login"]
    elsewhere = Reader("ann", frozenset({"member"}), session=True, provider="sso")
    assert "signed in at sso; local would count" in rule_reports(asked, elsewhere, None, NOW)[3].why


def test_open_and_closed_policies_have_one_rule():
    assert [(report.rule, report.decided) for report in rule_reports(OPEN, STRANGER, None, NOW)] == [("allow", True)]
    (report,) = rule_reports(closed_policy("x"), reader("member"), INSIDE, NOW)
    assert (report.rule, report.effect, report.decided) == ("allow", "does not let in", False)


def test_why_a_policy_holds_is_its_ingest_the_object_or_the_page(tmp_path: Path):
    file = tmp_path / "policies.toml"
    file.write_text(FILE)
    found = policies_of(file)
    asked = [("gazette", None), ("letters", None), ("letters", 2), ("letters", 3), ("letters", 5), ("letters", 6)]
    held = [holding(found, object_id, "open", n) for object_id, n in asked]
    assert [each.source for each in held] == ["ingest", "object", "object", "pages", "pages", "object"]
    for (object_id, n), each in zip(asked, held, strict=True):
        assert each.name == found.rules(object_id, "open").of(n).name
    assert "3-5" in held[3].why
    assert 'ingested under "open"' in held[1].why
