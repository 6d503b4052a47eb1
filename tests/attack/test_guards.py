"""The tool that removes guards finds them, removes them in a copy, and sees a test turn red and another stay green."""

import ast
from pathlib import Path

from tests.attack.guards import Outcome, copy_of_the_tree, guards, guards_in, without
from tests.conftest import ROOT

_SOURCE = """
def f(row, now):
    if row is None or row.ends <= now:
        return STRANGER
    if not compare_digest(row.a, row.b):
        raise Refused("é")
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie("a", row.a, secure=True, httponly=True)
    if row.seen:
        return row
    return row.user and row.role in roles
"""


def test_each_kind_of_guard_is_found_once():
    found = [(guard.kind, guard.text) for guard in guards_in(_SOURCE, "x.py")]
    assert found == [
        ("reason", "row is None"),
        ("refusal", "row is None or row.ends <= now"),
        ("reason", "row.ends <= now"),
        ("refusal", "not compare_digest(row.a, row.b)"),
        ("comparison", "compare_digest(row.a, row.b)"),
        ("header", 'response.headers["Cache-Control"] = "no-store"'),
        ("cookie", "True"),
        ("cookie", "True"),
        ("all of", "row.user"),
        ("all of", "row.role in roles"),
    ]


def test_what_is_left_without_a_guard_is_a_program_still():
    for guard in guards():
        source = (ROOT / guard.path).read_bytes()
        assert source[guard.start : guard.end].decode() == guard.text
        ast.parse(guard.removed(source))
    assert len(guards()) > 200


def test_a_guard_with_a_test_is_seen_and_one_without_survives(tmp_path: Path):
    copy = copy_of_the_tree(tmp_path)
    own = "tests/auth/test_origins.py::test_th_03_an_origin_has_at_most_255_characters"
    (guard,) = (g for g in guards() if g.path == "auth/origins.py" and g.text == "len(text) > _LONGEST")
    before = (copy / guard.path).read_bytes()
    assert "test_th_03_an_origin_has_at_most_255" in without(guard, copy, [[own]]).red
    other = "tests/auth/test_origins.py::test_th_04_our_own_origin_needs_no_entry"
    assert without(guard, copy, [[other]]) == Outcome(guard)
    assert (copy / guard.path).read_bytes() == before == (ROOT / guard.path).read_bytes()
