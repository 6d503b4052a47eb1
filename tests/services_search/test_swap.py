"""Objects are replaced, re-indexed and removed by other processes while readers search: nobody sees a half of it."""

from tests.load.search.editions import Change, possible
from tests.load.search.swap import run


def test_eight_readers_get_no_wrong_and_no_failed_answer_while_objects_change():
    report = run(seconds=8)
    assert (report.problems, report.wrong, report.failed) == ([], 0, 0)
    assert report.answers > 100
    assert report.unchanged > 0
    assert set(report.changes) == {"ingest", "reindex", "remove"}
    assert len(report.editions) > 1


def test_the_judge_of_that_knows_what_was_on_the_shelf_at_a_moment():
    changes = [Change("a", "one", 0, 0), Change("a", "two", 10, 12), Change("a", "one", 20, 22), Change("b", "x", 0, 0)]
    assert possible(changes, "a", 5, 6) == {"one"}
    assert possible(changes, "a", 11, 11.5) == {"one", "two"}
    assert possible(changes, "a", 13, 14) == {"two"}
    assert possible(changes, "a", 9, 30) == {"one", "two"}
    assert possible(changes, "b", 99, 100) == {"x"}
