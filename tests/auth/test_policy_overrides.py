"""Tables [objects.ID] of policies.toml: other policies for an object and for ranges of its pages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.policies import Policies
from auth.policy import OPEN, Policy
from auth.policy_overrides import span
from auth.rules import Override, Rules
from lectern.errors import ConfigurationError
from tests.policies import policies_of

MEMBERS = '[policies.members]\npatterns = ["login"]\nroles = ["member"]\n'
LETTERS = """
[objects.letters]
policy = "members"

[[objects.letters.pages]]
pages = "9, 3-5"
policy = "open"

[[objects.letters.pages]]
pages = "12 - 20"
policy = "gone"

[policies.gone]
allow = "nobody"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policies.toml"


def load(file: Path, text: str) -> Policies:
    file.write_text(text + MEMBERS, encoding="utf-8")
    return policies_of(file)


def test_an_object_and_ranges_of_its_pages_have_policies_of_their_own(file: Path):
    policies = load(file, LETTERS)
    assert policies.overrides["letters"] == Override("members", ((3, 5, "open"), (9, 9, "open"), (12, 20, "gone")))
    rules = policies.rules("letters", "open")
    asked = {"members": (None, 1, 2, 6, 8, 10, 11, 21), "open": (3, 4, 5, 9), "gone": (12, 20)}
    for name, pages in asked.items():
        assert [rules.of(n).name for n in pages] == [name] * len(pages)


def test_an_object_that_the_file_does_not_name_keeps_the_policy_of_its_ingest(file: Path):
    rules = load(file, LETTERS).rules("gazette", "members")
    assert (rules.policy.name, rules.pages) == ("members", ())


def test_pages_may_have_a_policy_of_their_own_where_the_object_keeps_its_own(file: Path):
    text = '[[objects.book.pages]]\npages = "1"\npolicy = "members"\n'
    rules = load(file, text).rules("book", "open")
    assert (rules.of(None), rules.of(1).name, rules.of(2)) == (OPEN, "members", OPEN)


def test_th_95_pages_of_an_object_whose_policy_is_gone_are_closed_but_for_those_named(file: Path):
    rules = load(file, '[[objects.book.pages]]\npages = "1"\npolicy = "members"\n').rules("book", "no-such")
    assert (rules.of(1).name, rules.of(2).patterns, rules.of(2).everyone) == ("members", frozenset(), False)


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("objects = 1\n", "objects", "[objects.ID]"),
        ("[objects]\nbook = 1\n", "objects.book", "[objects.book]"),
        ('[objects."ark:/1/x"]\npolicy = "open"\n', "objects.ark:/1/x", '[objects."ark-1-x-'),
        ('[objects.collections]\npolicy = "open"\n', "objects.collections", "lectern status"),
        ('[objects.my.book]\npolicy = "open"\n', "objects.my.book", 'quoted: [objects."a.b"]'),
        ("[objects.book]\n", "objects.book", "[[objects.ID.pages]]"),
        ('[objects.book]\npolicy = "opne"\n', "objects.book.policy", "members, open"),
        ("[objects.book]\npolicy = 3\n", "objects.book.policy", "members, open"),
        ('[objects.book]\npages = "3"\n', "objects.book.pages", "[[objects.ID.pages]]"),
        ("[objects.book]\npages = [3]\n", "objects.book.pages[1]", "[[objects.book.pages]]"),
        ('[[objects.book.pages]]\npages = "3"\n', "objects.book.pages[1].policy", "members, open"),
        ('[[objects.book.pages]]\npages = "3"\npolicy = "x"\n', "objects.book.pages[1].policy", "members, open"),
        ('[[objects.book.pages]]\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = 3\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = ""\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "3,"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "0-3"\npolicy = "open"\n', "objects.book.pages[1].pages", "from 1"),
        ('[[objects.book.pages]]\npages = "5-3"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5"),
        ('[[objects.book.pages]]\npages = "-3"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "3-"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "iii"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "٣"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "12345678"\npolicy = "open"\n', "objects.book.pages[1].pages", "3-5, 9"),
        ('[[objects.book.pages]]\npages = "3-5, 5"\npolicy = "open"\n', "objects.book.pages", "3-5 and 5 overlap"),
        ('[[objects.book.pages]]\npages = "3"\npolicy = "open"\nx = 1\n', "objects.book.pages[1].x", "known"),
    ],
)
def test_th_99_an_error_of_an_override_names_its_place_and_a_remedy(file: Path, text: str, where: str, hint: str):
    with pytest.raises(ConfigurationError) as caught:
        load(file, text)
    assert any(problem.startswith(f"policies.toml: {where}: ") for problem in caught.value.problems)
    assert hint in str(caught.value)


def test_every_overlap_is_told_with_the_errors_of_policies_at_once(file: Path):
    text = """
[[objects.book.pages]]
pages = "1-10, 2-3"
policy = "open"
[[objects.book.pages]]
pages = "10"
policy = "open"
[policies.broken]
patterns = ["logn"]
[objects.other]
policy = "broken"
"""
    with pytest.raises(ConfigurationError) as caught:
        load(file, text)
    told = str(caught.value)
    assert "1-10 and 2-3 overlap" in told
    assert "1-10 and 10 overlap" in told
    assert "policies.broken.patterns" in told
    assert "no policy 'broken'" not in told


def test_the_version_follows_overrides_and_not_how_they_are_written(file: Path):
    page = '[[objects.book.pages]]\npages = "{}"\npolicy = "{}"\n'
    versions = [
        load(file, text).version
        for text in ("", page.format("3-5, 9", "open"), page.format("9,3-5", "open"), page.format("3-5, 9", "members"))
    ]
    assert versions[1] == versions[2]
    assert len(set(versions)) == 3


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 4)), max_size=6), st.integers(1, 40))
def test_a_page_has_the_policy_of_the_range_that_it_is_in_and_no_other(starts: list[tuple[int, int]], n: int):
    ranges: list[tuple[int, int, Policy]] = []
    for first, more in sorted(starts):
        if not ranges or first > ranges[-1][1]:
            ranges.append((first, first + more, Policy(span(first, first + more))))
    expected = next((policy for first, last, policy in ranges if first <= n <= last), OPEN)
    assert Rules(OPEN, tuple(ranges)).of(n) is expected
