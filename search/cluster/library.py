"""The library of a home whose words are in a cluster: any node opens any object, and keeps here only what it likes."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock

from opensearchpy import OpenSearch

from lectern.catalogue import ObjectRow
from lectern.errors import PackError, StoreUnavailable
from lectern.home import Home
from search.cluster.documents import key_of
from search.cluster.inside import clustered
from search.cluster.reading import ClusterPack, ObjectInCluster, header_packs
from search.cluster.tokens import DEFAULT_BYTES as TOKEN_BYTES
from search.cluster.tokens import TokenCache
from search.cluster.walking import Pages
from search.library import DEFAULT_BYTES, Library, PackHandle

_SWEPT_AFTER = 200  # header packs that were fetched
_SWEPT_SECONDS = 3600  # or so long after the last time, whichever process that was
_FRESH_SECONDS = 60  # until then nobody removes one: somebody may be about to open it
_UNUSED_SECONDS = 7 * 86400  # then a header pack goes: its object may be gone, or asked for elsewhere


class ClusterLibrary(Library):
    """The objects of a cluster, opened by their header packs; parts of objects lie in the home, as with Whoosh.

    Header packs are fetched at first use and kept in `cache/cluster` of the home, which may be removed at any time.
    """

    def __init__(
        self,
        home: Home,
        client: Callable[[], OpenSearch],
        index: str,
        limit: int,
        *,
        most_bytes: int = DEFAULT_BYTES,
        token_bytes: int = TOKEN_BYTES,
        seconds: float | None = None,
    ) -> None:
        """Take what gives the client of the cluster, the index or alias of its pages, and the bounds of a Library.

        `token_bytes` are about how much of pages' tokens is kept in memory, `seconds` the longest that the cluster may
        look for the words of one object.
        """
        super().__init__(home, limit, most_bytes)
        self._client, self._pages, self._seconds = client, index, seconds
        self._tokens = TokenCache(token_bytes)
        self._engine = clustered(self._tokens)
        self._folder = home.path / "cache" / "cluster"
        self._fetched = 0
        self._sweeping = Lock()

    @cached_property
    def documents(self) -> Pages:
        """Return the documents of all objects, to be asked together."""
        return Pages(self._client, self._pages, self._tokens)

    def prepare(self, rows: Iterable[ObjectRow]) -> None:
        """Fetch the header packs of objects that are not here, all at once; large ones and missing ones are left out.

        Raises StoreUnavailable and Overloaded.
        """
        missing = {row: path for row in rows if not (path := self._kept(row)).exists()}
        if len(missing) < 2:
            return
        keys = {key_of(row.id, row.generation): path for row, path in missing.items()}
        for key, data in header_packs(self._client, self._pages, missing):
            self._keep_file(keys[key], data)

    def require(self, row: ObjectRow) -> None:
        """Return if the cluster has an object; raises PackError if not. Nothing is fetched by that."""
        self._source(row).require()

    def _source(self, row: ObjectRow) -> ObjectInCluster:
        return ObjectInCluster(self._client, self._pages, row.id, row.generation, seconds=self._seconds)

    def _opened(self, row: ObjectRow) -> PackHandle:
        return PackHandle(self._pack(row), self._engine, self._shown)

    def _whole(self, row: ObjectRow) -> ClusterPack:
        pack = self._pack(row)
        pack.source.check(int(pack.header["pages"]))
        return pack

    def _forget(self, row: ObjectRow) -> None:
        self._kept(row).unlink(missing_ok=True)

    def _kept(self, row: ObjectRow) -> Path:
        """Return where an object's header pack is kept."""
        return self._folder.joinpath(*self._home.pack_file(row.id, row.generation).parts[-2:])

    def _pack(self, row: ObjectRow) -> ClusterPack:
        """Return the object's header pack, fetched if it is not here, or not whole."""
        self._sweep_in_time()
        source, path = self._source(row), self._kept(row)
        with suppress(PackError):
            pack = ClusterPack(path, source)
            with suppress(OSError):
                os.utime(path)
            return pack
        self._keep_file(path, source.header_pack())
        pack = ClusterPack(path, source)
        try:
            pack.verify()
        except PackError:
            path.unlink(missing_ok=True)
            raise
        return pack

    def _keep_file(self, path: Path, data: bytes) -> None:
        beside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.write_bytes(data)
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StoreUnavailable(
                f"What the cluster has of {path.stem} cannot be kept: {error.strerror or error}.",
                "Make room on the disk of the home, and see that the service may write to its `cache` folder.",
            ) from error
        self._fetched += 1

    def _sweep_in_time(self) -> None:
        """Sweep where it is time for it; the time of the last one is kept as that of a file."""
        mark = self._folder / ".swept"
        due = self._fetched >= _SWEPT_AFTER or _age(mark) > _SWEPT_SECONDS
        if not due or not self._sweeping.acquire(blocking=False):
            return
        try:
            self._fetched = 0
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                mark.touch()
                self._sweep()
        finally:
            self._sweeping.release()

    def _sweep(self) -> None:
        """Remove header packs that nobody asked for these days, and the longest unused beyond what may be open."""
        found = []
        for path in self._folder.glob("*/*.pack*"):
            with suppress(OSError):
                said = path.stat()
                found.append((said.st_mtime, said.st_size, path))
        held, now = 0, time.time()
        for used, size, path in sorted(found, reverse=True):
            held += size
            if used < now - (_FRESH_SECONDS if held > self._most_bytes else _UNUSED_SECONDS):
                path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """Return how many seconds ago a file was touched; endless for one that is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")
