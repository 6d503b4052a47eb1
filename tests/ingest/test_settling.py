"""What has come to rest is a function of what was heard and of the clock."""

from pathlib import Path

import pytest

from ingest.settling import Settling, folders_inside, overlaps, owner_of

A, B = Path("/in/a"), Path("/in/b")


def test_a_thing_is_ready_when_nothing_changed_for_long_enough():
    settling = Settling(5)
    settling.changed(A, 100)
    assert settling.take(104.9) is None
    settling.changed(A, 104.9)  # a page more arrived
    assert settling.take(105) is None
    assert settling.take(109.9) == A
    assert settling.take(200) is None


def test_the_thing_that_waits_longest_comes_first():
    settling = Settling(5)
    settling.changed(B, 1)
    settling.changed(A, 2)
    assert [settling.take(50), settling.take(50), settling.take(50)] == [B, A, None]


def test_what_is_to_be_tried_again_comes_up_without_a_change_and_a_change_wins():
    settling = Settling(5)
    settling.again(A, 30)
    assert (settling.take(29), settling.take(30)) == (None, A)
    settling.changed(A, 100)
    settling.again(A, 130)
    assert settling.take(105) == A
    assert settling.take(1000) is None


def test_the_wait_is_until_the_next_thing_is_ready():
    settling = Settling(5)
    assert settling.wait(0) is None
    settling.changed(A, 10)
    settling.changed(B, 12)
    assert (settling.wait(11), settling.wait(99)) == (4, 0)


@pytest.mark.parametrize(
    ("changed", "each", "owner"),
    [
        ("/in/a/p1.xml", True, "/in/a"),
        ("/in/a/deep/er/p1.xml", True, "/in/a"),
        ("/in/a", True, "/in/a"),
        ("/in", True, None),
        ("/in/.hidden/p1.xml", True, None),
        ("/in/a/.p1.xml.part", True, None),
        ("/elsewhere/a/p1.xml", True, None),
        ("/in/a/p1.xml", False, "/in"),
        ("/in", False, "/in"),
        ("/in/.p1.swp", False, None),
    ],
)
def test_a_change_belongs_to_the_object_it_lies_in(changed: str, each: bool, owner: str | None):
    found = owner_of(Path(changed), [Path("/in")], each=each)
    assert found == (Path(owner) if owner else None)


def test_folders_that_lie_in_one_another_are_told_through_links_too(tmp_path: Path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert overlaps(inside, tmp_path / "link")
    assert overlaps(tmp_path / "link", inside)
    assert not overlaps(tmp_path / "ab", tmp_path / "a")


def test_hidden_and_linked_folders_are_no_objects(tmp_path: Path):
    for name in ("root/a", "root/.b", "secret"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "root" / "file").write_text("")
    assert [path.name for path in folders_inside(tmp_path / "root")] == ["a"]
