"""Roles any of, all of and none of, providers, dates at exact instants; and what holds of every policy and reader."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.decision import STRANGER, Reader, Reason, decide, whoever_asks
from auth.policy import Policy, Substitute
from tests.policies import policies_of

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
INSIDE, OUTSIDE = ip_address("10.1.2.3"), ip_address("192.0.2.7")
MOMENT = timedelta(microseconds=1)
ROLES = ("member", "staff", "banned")
ROOM = (ip_network("10.0.0.0/8"),)


def policy(**values: object) -> Policy:
    return Policy("p", **{"patterns": frozenset({"login"}), **values})  # type: ignore[arg-type]


def reader(*roles: str, provider: str = "local") -> Reader:
    return Reader("ann", frozenset(roles), session=True, provider=provider)


@pytest.mark.parametrize(
    ("values", "roles", "reason"),
    [
        ({"all_roles": {"member", "staff"}}, ["member", "staff"], Reason.ROLE),
        ({"all_roles": {"member", "staff"}}, ["member"], Reason.ROLE_MISSING),
        ({"all_roles": set()}, ["member"], Reason.ROLE_MISSING),
        ({"roles": set()}, ["member"], Reason.ROLE_MISSING),
        ({"roles": {"member"}, "all_roles": set()}, ["member"], Reason.ROLE_MISSING),
        ({"roles": {"member"}, "all_roles": {"staff"}}, ["member"], Reason.ROLE_MISSING),
        ({"roles": {"member"}, "all_roles": {"staff"}}, ["staff"], Reason.ROLE_MISSING),
        ({"roles": {"member"}, "all_roles": {"staff"}}, ["member", "staff"], Reason.ROLE),
        ({"not_roles": {"banned"}}, [], Reason.ROLE),
        ({"not_roles": {"banned"}}, ["banned"], Reason.BARRED),
        ({"roles": {"member"}, "not_roles": {"banned"}}, ["member", "banned"], Reason.BARRED),
        ({"roles": {"member"}, "not_roles": {"member"}}, ["member"], Reason.BARRED),
        ({"roles": {"member"}, "not_roles": {"banned"}}, [], Reason.ROLE_MISSING),
    ],
)
def test_th_94_any_of_all_of_and_none_of_in_the_stated_order(values, roles, reason):
    asked = policy(**{key: frozenset(value) for key, value in values.items()})
    verdict = decide(asked, reader(*roles), None, NOW)
    assert verdict.reason is reason
    assert verdict.allowed is (reason is Reason.ROLE)
    assert verdict.status == (200 if verdict.allowed else 403)


@pytest.mark.parametrize("where", [INSIDE, OUTSIDE, None])
def test_th_94_a_role_that_keeps_out_wins_over_every_pattern(where):
    asked = policy(
        patterns=frozenset({"login", "clickthrough", "external"}), networks=ROOM, not_roles=frozenset({"banned"})
    )
    who = replace(reader("member", "banned"), terms=frozenset({Policy("p").terms}))
    assert decide(asked, who, where, NOW).reason is Reason.BARRED
    assert not whoever_asks(asked, decide(asked, STRANGER, where, NOW))


def test_whoever_sits_in_the_room_needs_no_store_unless_a_role_keeps_out():
    asked = policy(patterns=frozenset({"login", "external"}), networks=ROOM)
    assert whoever_asks(asked, decide(asked, STRANGER, INSIDE, NOW))
    assert not whoever_asks(asked, decide(asked, STRANGER, OUTSIDE, NOW))
    open_again = replace(asked, not_roles=frozenset({"banned"}), until=NOW)
    assert whoever_asks(open_again, decide(open_again, STRANGER, None, NOW))


@pytest.mark.parametrize("provider", ["", "local", "sso2", "SSO", "codes"])
def test_th_47_roles_of_another_provider_count_for_nothing(provider):
    asked = policy(providers=frozenset({"sso"}), roles=frozenset({"member"}), not_roles=frozenset({"banned"}))
    verdict = decide(asked, reader("member", provider=provider), None, NOW)
    assert (verdict.allowed, verdict.reason, verdict.status) == (False, Reason.SIGN_IN, 401)
    assert "sso" in verdict.rule
    assert decide(asked, reader("banned", provider=provider), None, NOW).reason is Reason.SIGN_IN
    assert decide(asked, reader("member", provider="sso"), None, NOW).allowed
    anybody = policy(providers=frozenset({"sso"}))
    assert not decide(anybody, reader("member", provider=provider), None, NOW).allowed


DATES = '[policies.p]\npatterns = ["login"]\nfrom = {}\nuntil = {}\n'


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        ("2028-02-29", "2028-03-01", datetime(2028, 2, 29, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        (
            "2026-03-29T01:59:59+01:00",
            "2026-03-29T03:00:00+02:00",
            datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
            datetime(2026, 3, 29, 1, tzinfo=UTC),
        ),
        (
            "2026-12-31T23:00:00-02:00",
            "2027-01-01T14:00:00+12:45",
            datetime(2027, 1, 1, 1, tzinfo=UTC),
            datetime(2027, 1, 1, 1, 15, tzinfo=UTC),
        ),
    ],
)
def test_th_93_dates_hold_at_their_exact_instants_whatever_clock_reads_them(
    tmp_path: Path, since: str, until: str, first: datetime, last: datetime
):
    file = tmp_path / "policies.toml"
    file.write_text(DATES.format(since, until))
    asked = policies_of(file).get("p")
    for zone in (UTC, timezone(timedelta(hours=-9)), timezone(timedelta(hours=5, minutes=45))):
        moments = [when.astimezone(zone) for when in (first - MOMENT, first, last - MOMENT, last)]
        assert [decide(asked, STRANGER, None, when).allowed for when in moments] == [True, False, False, True]


def test_th_93_a_date_that_is_missing_opens_nothing(tmp_path: Path):
    file = tmp_path / "policies.toml"
    file.write_text('[policies.p]\npatterns = ["login"]\n')
    asked = policies_of(file).get("p")
    for year in (1, 1970, 2026, 9999):
        assert not decide(asked, STRANGER, None, datetime(year, 1, 1, tzinfo=UTC)).allowed


some_roles = st.frozensets(st.sampled_from(ROLES))
readers = st.builds(
    Reader,
    user=st.none() | st.just("ann"),
    roles=some_roles,
    terms=st.frozensets(st.sampled_from([Policy("p").terms, "q"])),
    session=st.booleans(),
    expired=st.booleans(),
    provider=st.sampled_from(["local", "sso"]),
)
policies = st.builds(
    Policy,
    name=st.just("p"),
    patterns=st.frozensets(st.sampled_from(["login", "clickthrough", "kiosk", "external"])),
    providers=st.frozensets(st.sampled_from(["local", "sso"])),
    roles=st.none() | some_roles,
    all_roles=st.none() | some_roles,
    not_roles=some_roles,
    networks=st.sampled_from([(), ROOM]),
    substitute=st.none() | st.just(Substitute(0.2)),
    search=st.sampled_from(["none", "boxes", "open"]),
    manifest=st.sampled_from(["full", "minimal", "hidden"]),
)
addresses = st.sampled_from([None, INSIDE, OUTSIDE])


@given(policies, readers, addresses)
def test_r3_nothing_opens_but_by_a_pattern_of_the_policy_that_this_reader_meets(asked, who, where):
    verdict = decide(asked, who, where, NOW)
    by_address = bool(asked.patterns & {"kiosk", "external"}) and bool(asked.networks) and where == INSIDE
    counts = who.session and who.user is not None and who.provider in asked.providers
    any_of = asked.roles is None or bool(asked.roles & who.roles)
    all_of = asked.all_roles is None or (bool(asked.all_roles) and asked.all_roles <= who.roles)
    by_login = "login" in asked.patterns and counts and any_of and all_of
    by_terms = "clickthrough" in asked.patterns and who.session and asked.terms in who.terms
    barred = counts and bool(asked.not_roles & who.roles)
    assert verdict.allowed is ((by_address or by_login or by_terms) and not barred)
    assert not verdict.public


@given(policies, readers, addresses, st.sampled_from(ROLES))
def test_th_94_asking_for_more_never_opens(asked, who, where, role):
    if decide(asked, who, where, NOW).allowed:
        return
    stricter = [
        replace(asked, not_roles=asked.not_roles | {role}),
        replace(asked, all_roles=asked.all_roles | {role}) if asked.all_roles else asked,
        replace(asked, all_roles=frozenset()),
        replace(asked, roles=(asked.roles or frozenset()) - {role}),
        replace(asked, networks=()),
        replace(asked, providers=frozenset()),
        *(replace(asked, patterns=asked.patterns - {pattern}) for pattern in asked.patterns),
    ]
    for other in stricter:
        assert not decide(other, who, where, NOW).allowed or who_was_barred(asked, who, other)


def who_was_barred(asked: Policy, who: Reader, other: Policy) -> bool:
    """A role keeps out only those whose provider counts: without providers it keeps out nobody."""
    return bool(asked.not_roles & who.roles) and not other.providers


@given(policies, readers, addresses, st.sampled_from(ROLES))
def test_th_94_losing_a_role_never_opens_unless_it_kept_out(asked, who, where, role):
    poorer = replace(who, roles=who.roles - {role})
    if role not in asked.not_roles and decide(asked, poorer, where, NOW).allowed:
        assert decide(asked, who, where, NOW).allowed


@given(policies, readers, addresses)
def test_a_session_that_is_over_opens_no_more_than_none(asked, who, where):
    over = replace(who, session=False)
    assert decide(asked, over, where, NOW).allowed is decide(asked, STRANGER, where, NOW).allowed


@given(policies, readers, addresses, st.datetimes(timezones=st.just(UTC)))
def test_th_93_the_verdict_holds_until_the_date_it_names_and_not_at_it(asked, who, where, when):
    dated = replace(asked, since=NOW, until=NOW + timedelta(days=1))
    verdict = decide(dated, who, where, when)
    if verdict.valid_until is not None:
        assert when < verdict.valid_until
        just_before = decide(dated, who, where, verdict.valid_until - MOMENT)
        assert just_before.allowed is verdict.allowed
        at_it = decide(dated, who, where, verdict.valid_until)
        assert at_it.valid_until != verdict.valid_until
