"""The decision: every pattern, every kind of reader, dates at their exact instants."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.decision import FULL, STRANGER, Reader, Reason, decide, sees_tier
from auth.policy import OPEN, Policy, Substitute, Texts, closed_policy

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
INSIDE, OUTSIDE = ip_address("10.1.2.3"), ip_address("192.0.2.7")
MEMBER = Reader("ann", frozenset({"member"}), session=True)
GUEST = Reader("bob", frozenset({"guest"}), session=True)

EXPIRED = Reader(expired=True)

LOGIN = Policy("login", patterns=frozenset({"login"}), roles=frozenset({"member"}))
ANYBODY = Policy("anybody", patterns=frozenset({"login"}))
NOBODY = Policy("nobody", patterns=frozenset({"login"}), roles=frozenset())
TERMS = Policy("terms", patterns=frozenset({"clickthrough"}))
ACCEPTED = Reader(terms=frozenset({TERMS.terms}), session=True)
ROOM = Policy(
    "room", patterns=frozenset({"external"}), networks=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
)
KIOSK = Policy("kiosk", patterns=frozenset({"kiosk"}), networks=(ip_network("10.0.0.0/8"),))
EITHER = Policy(
    "either",
    patterns=frozenset({"login", "external"}),
    roles=frozenset({"member"}),
    networks=(ip_network("10.0.0.0/8"),),
)


@pytest.mark.parametrize(
    ("policy", "who", "where", "reason", "status"),
    [
        (OPEN, STRANGER, None, Reason.EVERYONE, 200),
        (LOGIN, MEMBER, None, Reason.ROLE, 200),
        (LOGIN, STRANGER, None, Reason.SIGN_IN, 401),
        (LOGIN, ACCEPTED, None, Reason.SIGN_IN, 401),
        (LOGIN, EXPIRED, None, Reason.EXPIRED, 401),
        (LOGIN, GUEST, None, Reason.ROLE_MISSING, 403),
        (LOGIN, STRANGER, INSIDE, Reason.SIGN_IN, 401),
        (ANYBODY, GUEST, None, Reason.ROLE, 200),
        (ANYBODY, ACCEPTED, None, Reason.SIGN_IN, 401),
        (NOBODY, MEMBER, None, Reason.ROLE_MISSING, 403),
        (TERMS, ACCEPTED, None, Reason.TERMS, 200),
        (TERMS, STRANGER, None, Reason.TERMS_MISSING, 401),
        (TERMS, MEMBER, None, Reason.TERMS_MISSING, 401),
        (ROOM, STRANGER, INSIDE, Reason.NETWORK, 200),
        (ROOM, STRANGER, ip_address("2001:db8::9"), Reason.NETWORK, 200),
        (ROOM, STRANGER, OUTSIDE, Reason.OUTSIDE, 401),
        (ROOM, MEMBER, None, Reason.OUTSIDE, 401),
        (KIOSK, STRANGER, INSIDE, Reason.NETWORK, 200),
        (KIOSK, STRANGER, OUTSIDE, Reason.OUTSIDE, 401),
        (EITHER, STRANGER, INSIDE, Reason.NETWORK, 200),
        (EITHER, MEMBER, OUTSIDE, Reason.ROLE, 200),
        (EITHER, GUEST, OUTSIDE, Reason.ROLE_MISSING, 403),
        (closed_policy("typo"), MEMBER, INSIDE, Reason.CLOSED, 403),
    ],
)
def test_who_is_let_in(policy, who, where, reason, status):
    verdict = decide(policy, who, where, NOW)
    assert (verdict.reason, verdict.status) == (reason, status)
    assert verdict.allowed is (status == 200)
    assert verdict.tier == ("full" if verdict.allowed else None)
    assert policy.name in verdict.rule


def test_a_role_without_a_live_session_counts_for_nothing():
    assert not decide(LOGIN, Reader("ann", frozenset({"member"}), session=False), None, NOW).allowed
    assert not decide(TERMS, Reader(terms=frozenset({TERMS.terms}), session=False), None, NOW).allowed


@pytest.mark.parametrize(("setting", "view"), [("none", "none"), ("boxes", "boxes"), ("open", "full")])
def test_the_text_for_those_who_are_not_let_in_is_what_the_policy_says(setting, view):
    policy = Policy("p", patterns=frozenset({"login"}), search=setting)
    assert decide(policy, STRANGER, None, NOW).search == view
    assert decide(policy, GUEST, None, NOW).search == "full"


@pytest.mark.parametrize("manifest", ["full", "minimal", "hidden"])
def test_the_manifest_for_those_who_are_not_let_in_is_what_the_policy_says(manifest):
    policy = Policy("p", patterns=frozenset({"login"}), manifest=manifest)
    assert decide(policy, STRANGER, None, NOW).manifest == manifest
    assert decide(policy, GUEST, None, NOW).manifest == "full"


def test_who_is_not_let_in_sees_the_substitute():
    policy = Policy("p", patterns=frozenset({"login"}), substitute=Substitute(0.2, "small"))
    stranger = decide(policy, STRANGER, None, NOW)
    assert (stranger.allowed, stranger.tier, stranger.public) == (False, "small", False)
    assert decide(policy, GUEST, None, NOW).tier == "full"


def test_a_tier_is_seen_only_if_the_policy_has_it():
    policy = Policy("p", patterns=frozenset({"login"}), substitute=Substitute(0.2, "small"))
    stranger, reader = decide(policy, STRANGER, None, NOW), decide(policy, GUEST, None, NOW)
    assert [sees_tier(policy, stranger, tier) for tier in (None, "small", "other")] == [False, True, False]
    assert [sees_tier(policy, reader, tier) for tier in (None, "small", "other")] == [True, True, False]
    assert not sees_tier(OPEN, decide(OPEN, STRANGER, None, NOW), "small")


def test_th_93_a_policy_holds_from_its_first_instant_to_just_before_its_last():
    start, end = NOW, NOW + timedelta(days=1)
    policy = Policy("p", patterns=frozenset({"login"}), since=start, until=end)
    moment = timedelta(microseconds=1)
    allowed = [decide(policy, STRANGER, None, when).allowed for when in (start - moment, start, end - moment, end)]
    assert allowed == [True, False, False, True]


def test_th_74_a_verdict_is_valid_until_the_next_date():
    start, end = NOW, NOW + timedelta(days=1)
    policy = Policy("p", patterns=frozenset({"login"}), since=start, until=end)
    ends = [decide(policy, STRANGER, None, when).valid_until for when in (start - timedelta(1), start, end)]
    assert ends == [start, end, None]


def test_only_what_a_complete_stranger_gets_is_public():
    assert decide(OPEN, MEMBER, INSIDE, NOW).public
    assert not decide(LOGIN, MEMBER, None, NOW).public
    assert not decide(ROOM, STRANGER, INSIDE, NOW).public
    assert decide(Policy("p", patterns=frozenset({"login"}), until=NOW), STRANGER, None, NOW).public


def test_the_operator_sees_everything():
    assert (FULL.allowed, FULL.search, FULL.manifest, FULL.tier) == (True, "full", "full", "full")


readers = st.builds(
    Reader,
    user=st.none() | st.just("ann"),
    roles=st.frozensets(st.sampled_from(["member", "guest"])),
    terms=st.frozensets(st.sampled_from([Policy("p").terms, Policy("q").terms, "p"])),
    session=st.booleans(),
    expired=st.booleans(),
)
policies = st.builds(
    Policy,
    name=st.just("p"),
    everyone=st.booleans(),
    patterns=st.frozensets(st.sampled_from(["login", "clickthrough", "kiosk", "external"])),
    roles=st.none() | st.frozensets(st.sampled_from(["member", "guest"])),
    networks=st.just((ip_network("10.0.0.0/8"),)),
    substitute=st.none() | st.just(Substitute(0.2)),
    search=st.sampled_from(["none", "boxes", "open"]),
    manifest=st.sampled_from(["full", "minimal", "hidden"]),
    since=st.none() | st.just(NOW - timedelta(days=1)),
    until=st.none() | st.just(NOW + timedelta(days=1)),
)


def test_aux_terms_that_are_worded_anew_are_asked_again():
    worded = replace(TERMS, texts=Texts(header="Terms", description="No commercial use."))
    accepted = Reader(terms=frozenset({worded.terms}), session=True)
    assert decide(worded, accepted, None, NOW).allowed
    for texts in (
        Texts(header="Terms", description="No use."),
        Texts(header="Rules", description="No commercial use."),
    ):
        assert not decide(replace(worded, texts=texts), accepted, None, NOW).allowed
    translated = replace(worded, translations=(Texts(header="Nutzung", language="de"),))
    assert not decide(translated, accepted, None, NOW).allowed
    assert decide(replace(worded, texts=replace(worded.texts, label="Other")), accepted, None, NOW).allowed


def test_the_terms_of_one_policy_are_not_those_of_another_in_the_same_words():
    other = Policy("other", patterns=TERMS.patterns)
    assert not decide(other, ACCEPTED, None, NOW).allowed


@given(policies, readers, st.sampled_from([None, INSIDE, OUTSIDE]))
def test_th_92_the_parts_of_a_verdict_agree(policy, who, where):
    verdict = decide(policy, who, where, NOW)
    assert verdict.allowed is (verdict.status == 200) is (verdict.tier == "full")
    if verdict.allowed:
        assert (verdict.search, verdict.manifest) == ("full", "full")
    if verdict.public:
        assert decide(policy, STRANGER, None, NOW).allowed
    assert verdict.rule


@given(policies, readers, st.sampled_from([None, INSIDE, OUTSIDE]))
def test_knowing_more_of_a_reader_never_takes_anything_away(policy, who, where):
    if decide(policy, STRANGER, where, NOW).allowed:
        assert decide(policy, who, where, NOW).allowed


@given(policies, readers)
def test_r3_a_policy_without_patterns_lets_nobody_in(policy, who):
    if not policy.everyone and not policy.patterns:
        assert not decide(policy, who, INSIDE, NOW).allowed
