"""The same books on two engines: Whoosh in a home, and a cluster that is asked from another home."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings
from lectern.words import Text
from search.analysis import DEFAULT, Profile
from search.cluster.client import connect
from search.cluster.documents import Owner
from search.cluster.library import ClusterLibrary
from search.cluster.loading import Loader
from search.library import Library, PackHandle
from search.packing import rebuild_pack, write_pack
from search.parts import Ranges
from search.remarks import Remark
from tests.search.books import row

_numbers = itertools.count()


class Shelf(Protocol):
    """Books that are put on one engine."""

    library: Library

    def put(
        self, text: Text, profile: Profile = DEFAULT, remarks: Sequence[Remark] = (), pages: Ranges | None = None
    ) -> PackHandle:
        """Return a new book, or the part of it with some pages alone."""
        ...

    def copy(self, pack: PackFile) -> PackHandle:
        """Return a new book with the words of a pack."""
        ...


class WhooshShelf:
    """Books in a home."""

    def __init__(self, folder: Path) -> None:
        self._home = Home(folder)
        self.library = Library(self._home, 100)

    def put(
        self, text: Text, profile: Profile = DEFAULT, remarks: Sequence[Remark] = (), pages: Ranges | None = None
    ) -> PackHandle:
        name = f"book-{next(_numbers)}"
        write_pack(self._home, name, 1, text, profile, remarks=remarks)
        return self.library.open(row(1, name), pages)

    def copy(self, pack: PackFile) -> PackHandle:
        name = f"book-{next(_numbers)}"
        rebuild_pack(self._home, name, 1, pack, more={})
        return self.library.open(row(1, name))


class ClusterShelf:
    """Books in a cluster: loaded by one machine, which keeps nothing, and read by another."""

    def __init__(self, urls: Sequence[str], folder: Path, token_bytes: int = 1 << 20) -> None:
        prefix = f"engines-{os.getpid()}-{next(_numbers)}"
        settings = Settings(opensearch_urls=list(urls), opensearch_index=prefix, opensearch_replicas=0)
        client = connect(settings, seconds=60)
        self.loader = Loader(settings, client)
        self._ingesting, self.home = Home(folder / "ingesting"), Home(folder / "reading")
        self.index = self.loader.names.pages
        self.library = ClusterLibrary(self.home, lambda: client, self.index, 100, token_bytes=token_bytes)

    def close(self) -> None:
        """Remove all that is in the cluster."""
        self.loader.client.indices.delete(index=f"{self.loader.names.prefix}-*", ignore_unavailable=True)

    def put(
        self, text: Text, profile: Profile = DEFAULT, remarks: Sequence[Remark] = (), pages: Ranges | None = None
    ) -> PackHandle:
        name = f"book-{next(_numbers)}"
        path = write_pack(self._ingesting, name, 1, text, profile, remarks=remarks, indexed=False).path
        return self._load(name, path, pages)

    def copy(self, pack: PackFile) -> PackHandle:
        name = f"book-{next(_numbers)}"
        return self._load(name, rebuild_pack(self._ingesting, name, 1, pack, more={}, indexed=False).path, None)

    def _load(self, name: str, path: Path, pages: Ranges | None) -> PackHandle:
        self.loader.load(PackFile(path), Owner(name, 1, "open", ()))
        path.unlink()
        return self.library.open(row(1, name), pages)
