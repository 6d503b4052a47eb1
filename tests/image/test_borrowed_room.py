"""Room for pictures that lie elsewhere: what goes, and what readers may still hold."""

import os
from pathlib import Path

import pytest

from image.borrowed_notes import Note, write_note
from image.borrowed_room import make_room

NOW = 1e9
PLENTY = 1 << 20


def picture(folder: Path, name: str, used: float, *versions: str, size: int = 100) -> Path:
    """Return the folder of a picture whose last version is noted, at the time it was used."""
    place = folder / name[:2] / name
    place.mkdir(parents=True)
    for version in versions:
        (place / f"{version}.tif").write_bytes(bytes(size))
    write_note(place, Note(version=versions[-1]), used)
    os.utime(place / "note.json", (used, used))
    os.utime(place, (used, used))
    return place


def tifs(place: Path) -> list[str]:
    return sorted(path.name for path in place.glob("*.tif"))


@pytest.mark.parametrize(("age", "left"), [(0, True), (59, True), (61, False)])
def test_an_older_version_stays_for_the_minute_in_which_readers_may_hold_it(tmp_path: Path, age: float, left: bool):
    place = picture(tmp_path, "aa1", NOW - age, "old", "old~degraded-0.5", "new~degraded-0.5", "new")
    make_room(tmp_path, PLENTY, place, NOW)
    new = ["new.tif", "new~degraded-0.5.tif"]
    assert tifs(place) == [*new, *(["old.tif", "old~degraded-0.5.tif"] if left else [])]


@pytest.mark.parametrize(("age", "left"), [(0, True), (3599, True), (3601, False)])
def test_work_under_way_stays_for_an_hour(tmp_path: Path, age: float, left: bool):
    place = picture(tmp_path, "aa1", NOW - 9999, "new")
    part = place / ".0123.part"
    part.touch()
    os.utime(part, (NOW - age, NOW - age))
    make_room(tmp_path, PLENTY, place, NOW)
    assert part.exists() is left


def test_the_longest_unused_go_until_a_tenth_is_free_and_never_the_one_just_made(tmp_path: Path):
    places = [picture(tmp_path, f"a{n}x", NOW - 100 + n, "v", size=10_000) for n in range(10)]
    make_room(tmp_path, 90_000, places[0], NOW)
    assert [place.exists() for place in places] == [True, False, False, *[True] * 7]
    make_room(tmp_path, 90_000, places[0], NOW)
    assert sum(place.exists() for place in places) == 8
