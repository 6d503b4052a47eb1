"""What a request line is about, and the answer to a proxy: plain values in, plain values out."""

import pytest

from auth.decision import STRANGER, Reader, decide
from auth.policy import OPEN, Policy, Substitute, closed_policy
from auth.verify import Answer, Wanted, answer, read_wanted
from tests.clock import SetClock

NOW = SetClock().now
MEMBERS = Policy("members", patterns=frozenset({"login"}), substitute=Substitute(0.2, "small"))
ANN = Reader("ann", session=True)


def judged(policy: Policy, who: Reader = STRANGER):
    return policy, decide(policy, who, None, NOW)


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("/iiif/2/a-1/full/max/0/default.jpg", Wanted("a", 1)),
        ("/iiif/3/a-1~small/info.json?x=/../y", Wanted("a", 1, "small")),
        ("/iiif/2/a-2-12", Wanted("a-2", 12)),
        ("/presentation/3/a/canvas/7/text", Wanted("a", 7)),
        ("/search/2/a/canvas/7?q=x", Wanted("a", 7)),
        ("/presentation/2/a/manifest", Wanted("a")),
        ("/objects/a", Wanted("a")),
        ("/search/1/a?q=x", Wanted("a", whole=True)),
        ("/search/1/a/canvas/07", Wanted("a", whole=True)),
        ("/presentation/3/a/range/2", Wanted("a", whole=True)),
        ("/iiif/2/a-0/info.json", None),
        ("/auth/probe/a-1", None),
        ("/metrics", None),
    ],
)
def test_th_60_what_a_path_is_about(uri: str, wanted: Wanted | None):
    assert read_wanted("GET", uri) == wanted


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "", "get", "TRACE"])
def test_th_65_other_methods_are_about_nothing(method: str):
    assert read_wanted(method, "/iiif/2/a-1/info.json") is None


def test_an_answer_names_the_version():
    assert answer(Wanted("a", 1), [judged(OPEN)]) == Answer(204, "full")
    assert answer(Wanted("a", 1), [judged(MEMBERS, ANN)]) == Answer(204, "full")
    assert answer(Wanted("a", 1, "small"), [judged(MEMBERS)]) == Answer(204, "small")


def test_a_no_says_whether_signing_in_may_help():
    assert answer(Wanted("a", 1), [judged(MEMBERS)]) == Answer(401)
    assert answer(Wanted("a", 1, "other"), [judged(MEMBERS)]).status == 403
    assert answer(Wanted("a", 1), [judged(closed_policy("x"))]).status == 403


def test_th_94_of_several_policies_the_strictest_decides():
    assert answer(Wanted("a", whole=True), [judged(OPEN), judged(MEMBERS), judged(OPEN)]) == Answer(401)
    assert answer(Wanted("a", whole=True), [judged(OPEN), judged(MEMBERS, ANN)]) == Answer(204, "full")


def test_without_a_policy_nothing_is_allowed():
    assert answer(Wanted("a", 1), []).status == 403
