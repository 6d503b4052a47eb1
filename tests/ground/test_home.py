"""A home: keys are made once, whole, and for their owner's eyes; paths stay inside the home."""

import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from lectern.errors import ConfigurationError
from lectern.home import Home


def test_looking_at_paths_makes_nothing(tmp_path):
    home = Home(tmp_path / "home")
    assert home.pack_file("book", 3).name == "book.3.pack"
    assert home.image_folder("book").is_relative_to(home.images)
    assert not home.path.exists()


def test_the_same_object_lies_in_the_same_folder_and_generations_beside_each_other(home):
    assert home.pack_file("book", 1).parent == home.pack_file("book", 2).parent
    assert home.pack_file("book", 1) != home.pack_file("book", 2)
    assert home.pack_file("book", 1).parent.parent == home.path / "index"


def test_preparing_twice_is_no_error_and_keys_are_private(home):
    home.prepare()
    assert stat.S_IMODE((home.path / "keys").stat().st_mode) == 0o700


def test_a_home_that_cannot_be_made_names_the_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="LECTERN_HOME"):
        Home(tmp_path / "file" / "home").prepare()


class TestKeys:
    def test_a_key_is_made_once_and_read_back(self, home):
        first = home.key("forms")
        assert len(first) == 32
        assert home.key("forms") == first
        assert Home(home.path).key("forms") == first

    def test_purposes_have_keys_of_their_own(self, home):
        assert home.key("forms") != home.key("index")

    def test_only_the_owner_can_read_it(self, home):
        home.key("forms")
        assert stat.S_IMODE((home.path / "keys" / "forms").stat().st_mode) == 0o600

    def test_a_key_can_be_had_before_the_home_is_prepared(self, tmp_path):
        assert len(Home(tmp_path / "new").key("forms")) == 32

    def test_a_short_key_is_refused(self, home):
        (home.path / "keys" / "forms").write_bytes(b"short")
        with pytest.raises(ConfigurationError, match="shorter than 32 bytes"):
            home.key("forms")

    def test_nothing_else_is_left_in_the_folder(self, home):
        home.key("forms")
        assert [file.name for file in (home.path / "keys").iterdir()] == ["forms"]

    def test_threads_that_race_get_one_key(self, home):
        with ThreadPoolExecutor(8) as pool:
            keys = set(pool.map(lambda _: home.key("forms"), range(32)))
        assert len(keys) == 1

    def test_processes_that_race_get_one_key(self, tmp_path):
        context = multiprocessing.get_context("spawn")
        with context.Manager() as manager:
            gate = manager.Barrier(2)
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                found = [pool.submit(_keys_together, tmp_path / "home", gate) for _ in range(2)]
                first, second = (future.result(60) for future in found)
        assert first == second
        assert len(set(first)) == 20


def _keys_together(path: Path, gate) -> list[bytes]:
    """Return twenty keys, each asked for at the same moment as by the other process."""
    keys = []
    for n in range(20):
        gate.wait(30)
        keys.append(Home(path / str(n)).key("forms"))
    return keys
