"""`lectern check` and a start say what is wrong with collections.toml."""

from pathlib import Path

import pytest

from lectern.catalogue import Catalogue, ObjectRow
from lectern.errors import ConfigurationError
from lectern.home import Home
from lectern.settings import Settings
from services import checking_collections
from services.checking import findings
from services.checking_collections import collection_doubts
from services.starting import require_startable
from tests.servers import free_port


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def put(home: Home, *objects: tuple[str, str]) -> Catalogue:
    catalogue = Catalogue(home)
    for name, collection in objects:
        catalogue.publish(ObjectRow(name, name, name, collections=(collection,)), [])
    return catalogue


def test_broken_collections_are_errors_and_refuse_the_start(home: Home):
    home.collections_file.write_text('[collections.a]\nparent = "b"\n[collections.b]\nparent = "a"\nlabels = "B"\n')
    told = [each.detail for each in findings(home.path) if each.level == "error"]
    assert [("circle" in detail, "perhaps label" in detail) for detail in told] == [(False, True), (True, False)]
    with pytest.raises(ConfigurationError, match="a circle"):
        require_startable(Settings(home=home.path, port=free_port()))


def test_a_described_collection_that_holds_nothing_is_doubtful(home: Home):
    home.collections_file.write_text('[collections.a]\n[collections.b]\nparent = "a"\n[collections.c]\n')
    catalogue = put(home, ("one", "b"))
    (found,) = collection_doubts(home, catalogue)
    assert "[collections.c]" in found[0]
    catalogue.close()
    assert any("[collections.c]" in each.detail for each in findings(home.path) if each.level == "warning")


def test_a_very_long_collection_is_to_be_divided(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checking_collections, "MOST_OBJECTS", 1)
    catalogue = put(home, ("one", "a"), ("two", "a"), ("three", "b"))
    (found,) = collection_doubts(home, catalogue)
    assert found[0].startswith("The collection a has 2 objects")
    catalogue.close()
