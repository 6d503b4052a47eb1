"""OpenSearch as an ingest sees it: documents are loaded, the row is published, and then the former documents go."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property

import structlog

from ingest.engines import rebuilt
from ingest.keeping import GRACE_SECONDS, only_writer
from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_pending import Key, Wait, Waiting
from lectern.errors import BeingWritten, Overloaded, PackError, StoreUnavailable
from lectern.home import Home
from lectern.keys import INDEX_KEY
from lectern.pack import PackFile
from lectern.settings import Settings
from search.cluster.documents import Owner
from search.cluster.loading import Loader
from search.cluster.reading import ObjectInCluster
from search.cluster.recovering import recover_pack
from search.tokenlines import has_lines

_ABANDONED_SECONDS = 3600  # a load that nobody has ended by then was ended with its process

_log = structlog.get_logger("lectern.ingest")


class Clustered:
    """The engine of an installation whose words are in a cluster; makes its client at first use."""

    in_cluster = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.home = settings.files

    @cached_property
    def loader(self) -> Loader:
        """Return what loads into the cluster."""
        return Loader(self._settings)

    def pack_of(self, row: ObjectRow) -> PackFile:
        """Return the pack that lies in the home, or is made again from what the cluster has."""
        with suppress(PackError):
            return PackFile(self.home.pack_file(row.id, row.generation))
        return _recovered(self.loader, self.home, row)

    def holds(self, row: ObjectRow) -> bool:
        """Return whether the cluster has the object."""
        return self.loader.has(owner_of(row))

    def load(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:
        """Load the documents of a row that is to be published; until then nobody counts them."""
        catalogue.pending.begin(Key(row.id, row.generation), int(time.time()))
        self.loader.load(pack, owner_of(row))

    def complete(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:
        """Load an object that the cluster does not have into the index in use; until all is there nobody counts it."""
        self.bring(catalogue, row, pack)
        self.settle(catalogue, row.id)

    def bring(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:
        """Load an object as `complete` does; nobody has to hold it for that, as nothing is removed."""
        wait = self.await_whole(catalogue, row)
        with self._with_lines(row, pack) as whole:
            self.loader.load(whole, owner_of(row))
        if not catalogue.pending.settled(wait, row.policy, row.collections):
            catalogue.pending.differs(wait.key, row.policy, row.collections, wait.at)
            self.redescribe(catalogue, row.id)

    def await_whole(self, catalogue: Catalogue, row: ObjectRow) -> Wait:
        """Note that a published object is not in the cluster, so that it is looked into by itself; returns the note."""
        wait = Wait(Key(row.id, row.generation), Waiting.COMING, int(time.time()))
        catalogue.pending.begin(wait.key, wait.at)
        return wait

    def put(self, index: str, row: ObjectRow, pack: PackFile) -> None:
        """Load an object as it is published into one index."""
        with self._with_lines(row, pack) as whole:
            self.loader.load_into(index, whole, owner_of(row))

    @contextmanager
    def _with_lines(self, row: ObjectRow, pack: PackFile) -> Iterator[PackFile]:
        """Yield a pack that has the tokens of its pages, made anew until the block ends if this one has not."""
        if has_lines(pack):
            yield pack
            return
        path = self.home.path / "work" / f"{row.id}.tokens"
        try:
            yield rebuilt(self.home, row, pack, indexed=False, path=path)
        finally:
            path.unlink(missing_ok=True)

    def settle(self, catalogue: Catalogue, object_id: str) -> bool:
        """Have the documents say what the catalogue says, and remove those that no reader can be asking for."""
        return self.redescribe(catalogue, object_id) and self._removed(catalogue, object_id)

    def redescribe(self, catalogue: Catalogue, object_id: str) -> bool:
        """Have the documents say policy and collections as the catalogue has them."""
        changed = [wait for wait in _waits(catalogue, object_id) if wait.state is Waiting.CHANGED]

        def describe() -> None:
            for wait in changed:
                self._describe(catalogue, wait)

        return _could(describe, object_id)

    def _removed(self, catalogue: Catalogue, object_id: str) -> bool:
        """Remove documents that wait for it; those of the edition before this one stay for as long as it is read."""
        waits = _waits(catalogue, object_id)
        row = catalogue.find(object_id, newest=True)
        kept = {Key(row.id, row.generation)} if row else set()
        fresh = {wait.key for wait in waits if row is not None and not _is_over(wait, GRACE_SECONDS)}
        gone = {wait.key for wait in waits if wait.state is not Waiting.CHANGED} - fresh - kept
        newest = max((key.generation for key in gone | kept), default=0)
        come = [wait for wait in waits if wait.state is Waiting.COMING and wait.key in kept]  # `complete` was ended

        def remove() -> None:
            if gone:
                self.loader.keep_only(object_id, map(str, kept | fresh), newest)
                catalogue.pending.done(gone)
            if come and row is not None and self.holds(row):
                for wait in come:
                    self._describe(catalogue, wait)

        return _could(remove, object_id)

    def _describe(self, catalogue: Catalogue, wait: Wait) -> None:
        """Have documents say policy and collections of their object, until it is found to have just these."""
        key = wait.key

        def state() -> Owner | None:
            row = catalogue.find(key.object, newest=True)
            return owner_of(row) if row is not None and row.generation == key.generation else None

        settled = False
        while not settled:
            told = self.loader.describe(key, state)
            said = told.pop() or Owner(*key, "", ())
            settled = not told and catalogue.pending.settled(wait, said.policy, said.collections)

    def mend(self, catalogue: Catalogue) -> None:
        """Settle every object of which something waits longer than a process that lives would let it."""
        patience = {Waiting.GOING: GRACE_SECONDS, Waiting.CHANGED: GRACE_SECONDS, Waiting.COMING: _ABANDONED_SECONDS}
        due = {wait.key.object for wait in catalogue.pending.all() if _is_over(wait, patience[wait.state])}
        for object_id in sorted(due):
            with suppress(BeingWritten), only_writer(self.home, catalogue, object_id):
                if not self.settle(catalogue, object_id):
                    return


def owner_of(row: ObjectRow) -> Owner:
    """Return what the documents of a row say of it."""
    return Owner(row.id, row.generation, row.policy, tuple(row.collections))


def _waits(catalogue: Catalogue, object_id: str) -> list[Wait]:
    return [wait for wait in catalogue.pending.all() if wait.key.object == object_id]


def _could(act: Callable[[], None], object_id: str) -> bool:
    """Return whether something could be done; where the cluster cannot be used just now, it waits in the catalogue."""
    try:
        act()
    except (StoreUnavailable, Overloaded) as error:
        _log.warning("the cluster is not what the catalogue says yet", object=object_id, reason=str(error))
        return False
    return True


def _is_over(wait: Wait, seconds: float) -> bool:
    return wait.at <= time.time() - seconds


def _recovered(loader: Loader, home: Home, row: ObjectRow) -> PackFile:
    source = ObjectInCluster(lambda: loader.client, loader.names.pages, row.id, row.generation)
    try:
        return recover_pack(source, home.pack_file(row.id, row.generation), home.key(INDEX_KEY))
    except OSError as error:
        raise StoreUnavailable(
            f"The pack of {row.id} cannot be written: {error.strerror or error}.", "Make room on the disk of the home."
        ) from error
