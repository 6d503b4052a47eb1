"""Both engines, and whatever tests of the search are asked of a cluster as well."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from lectern.words import Join, Text
from search.analysis import DEFAULT, Profile
from search.cluster import inside
from search.library import PackHandle
from search.remarks import Remark
from tests.search.books import book
from tests.search.engines.shelves import ClusterShelf, Shelf, WhooshShelf


@pytest.fixture(scope="session")
def cluster_shelf(opensearch: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterShelf]:
    """Return books in the cluster."""
    shelf = ClusterShelf(opensearch, tmp_path_factory.mktemp("cluster"))
    yield shelf
    shelf.close()


@pytest.fixture(scope="session")
def whoosh_shelf(tmp_path_factory: pytest.TempPathFactory) -> WhooshShelf:
    """Return books in a home."""
    return WhooshShelf(tmp_path_factory.mktemp("whoosh"))


@pytest.fixture(params=["whoosh", "opensearch"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """Return one engine after the other."""
    name = "whoosh_shelf" if request.param == "whoosh" else "cluster_shelf"
    found: Shelf = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def handle(cluster_shelf: ClusterShelf) -> PackHandle:
    """Return the book that most tests of the search ask, in the cluster."""
    text = book(
        ["The quick brown", "fox jumps over the lazy dog,"],
        ["a gov-", "ernment of l’homme —", "well-known fox"],
        ["alpha-", "numeric codes", "foxes The end."],
        joins=[Join(10, 11, "government", True), Join(17, 18, "alphanumeric", False)],
    )
    return cluster_shelf.put(text)


def _opener(shelf: ClusterShelf) -> Callable[..., PackHandle]:
    """Return what opens a book in the cluster as `tests.search.books.open_book` does in a home."""

    def open_book(
        _: Path, text: Text, *__: int, profile: Profile = DEFAULT, remarks: Sequence[Remark] = ()
    ) -> PackHandle:
        return shelf.put(text, profile, remarks)

    return open_book


@pytest.fixture(scope="module", autouse=True)
def books_in_the_cluster(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have borrowed tests open their books in the cluster, and the cluster asked for each of the small ones' pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inside, "_FEW_PAGES", 0)
        for name in getattr(request.module, "BORROWED", ()):
            shelf: ClusterShelf = request.getfixturevalue("cluster_shelf")

            patch.setattr(sys.modules[name], "open_book", _opener(shelf))
        yield
