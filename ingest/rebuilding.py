"""The index of a cluster made anew beside the one in use, from the words of all objects, and switched to in one step.

Meanwhile all is served from the one in use. Whoever ingests writes both; what could not know of the new one is looked
for again before the switch and after it. A rebuild that was ended goes on with the index that it had begun.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from ingest.clustered import Clustered, owner_of
from ingest.engines import has_our_analysis
from ingest.keeping import only_writer
from ingest.reindexing import reindex_object
from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_pending import Key, Waiting
from lectern.errors import BeingWritten, LecternError, Overloaded, PackError, StoreUnavailable
from lectern.home import Home
from lectern.pack import PackFile
from search.analysis import chosen
from search.cluster.documents import Owner, key_of
from search.cluster.loading import Refused
from search.cluster.schema import left_over, remove_indexes, switch

_LOCK = ".index"  # no object has such an id
_ROUNDS = 5  # of looking for objects that were published meanwhile
_DUE_SECONDS = 1  # between loading and publishing


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one object: it is in the new index, or why not."""

    row: ObjectRow
    error: LecternError | None = None


def rebuild_index(home: Home, catalogue: Catalogue, engine: Clustered) -> Iterator[Loaded]:
    """Yield what became of every object, in the order of their labels, and switch to the new index at the end.

    Raises StoreUnavailable and Overloaded when the cluster cannot be used: then the same again goes on; PackError when
    objects that the index in use has could not be loaded into the new one: then there is no switch.
    """
    with _alone(home, catalogue):
        rebuild = _Rebuild(home, catalogue, engine)
        yield from rebuild.load_all()
        rebuild.require_nothing_lost()
        rebuild.describe_changed()
        former = switch(engine.loader.client, engine.loader.names, rebuild.index)
        yield from rebuild.bring_rest()
        rebuild.remove_foreign()
        remove_indexes(engine.loader.client, former)


@contextmanager
def _alone(home: Home, catalogue: Catalogue) -> Iterator[None]:
    """Hold the index for a rebuild; raises BeingWritten when another process makes it anew already."""
    with ExitStack() as held:
        try:
            held.enter_context(only_writer(home, catalogue, _LOCK))
        except BeingWritten as error:
            raise BeingWritten("Another process is making the index anew.", "Wait until it is done.") from error
        yield


class _Rebuild:
    """One rebuild: the index that is being made, and the objects that could not be loaded into it."""

    def __init__(self, home: Home, catalogue: Catalogue, engine: Clustered) -> None:
        self._home, self._catalogue, self._engine = home, catalogue, engine
        self._loader = engine.loader
        remove_indexes(self._loader.client, left_over(self._loader.client, self._loader.names))
        self.index = self._loader.coming()
        self._failed: set[str] = set()

    def load_all(self) -> Iterator[Loaded]:
        """Load what the index does not have, and look again for what was published meanwhile."""
        for _ in range(_ROUNDS):
            due = self._due()  # before what is published: it is there by then, or still here
            missing = self._missing()
            for row in missing:
                yield from self._load(row, self._put)
            if not missing and not due:
                return
            if not missing:
                time.sleep(_DUE_SECONDS)

    def bring_rest(self) -> Iterator[Loaded]:
        """Load what the index, which is in use by now, does not have; until it has, these are asked for one by one."""
        missing = self._missing()
        for row in missing:
            self._engine.await_whole(self._catalogue, row)
        for row in missing:
            yield from self._load(row, self._bring)

    def _due(self) -> bool:
        """Return whether somebody is about to publish what the index does not have, as it was begun after the load."""
        coming = [wait.key for wait in self._catalogue.pending.all() if wait.state is Waiting.COMING]
        owners = [Owner(*key, "", ()) for key in coming]
        return any(self._loader.has(owner) and not self._loader.count(self.index, owner) for owner in owners)

    def _missing(self) -> list[ObjectRow]:
        rows = [row for row in self._catalogue.objects() if row.id not in self._failed]
        there = self._loader.keys_in(self.index)  # after the rows: what was published in between is no concern
        return [row for row in rows if key_of(row.id, row.generation) not in there]

    def _put(self, row: ObjectRow, pack: PackFile) -> None:
        self._engine.put(self.index, row, pack)
        self._follow(owner_of(row))

    def _bring(self, row: ObjectRow, pack: PackFile) -> None:
        self._engine.bring(self._catalogue, row, pack)

    def _load(self, listed: ObjectRow, put: Callable[[ObjectRow, PackFile], None]) -> Iterator[Loaded]:
        row = self._catalogue.find(listed.id, newest=True)
        if row is None or row.generation != listed.generation:
            return  # removed, or published anew, which the next look at what is missing sees
        try:
            pack = self._engine.pack_of(row)
            pack.verify()
            if has_our_analysis(pack, chosen(pack.header, None, None)):
                put(row, pack)
                yield Loaded(row)
            else:
                yield Loaded(reindex_object(self._home, self._catalogue, row.id, engine=self._engine))
        except LecternError as error:
            if isinstance(error, StoreUnavailable | Overloaded) and not isinstance(error, Refused):
                raise
            # Else it was published anew, or removed, while it was read.
            if self._catalogue.find(row.id, newest=True) == row:
                self._failed.add(row.id)
                yield Loaded(row, error)

    def _follow(self, told: Owner) -> None:
        """Have documents say what the catalogue says by now, if that is not what they were told."""
        key = Key(told.object, told.generation)
        if self._catalogue.pending.differs(key, told.policy, told.collections, int(time.time())):
            self._engine.redescribe(self._catalogue, told.object)

    def describe_changed(self) -> None:
        """Have all documents of the new index say policy and collections as the catalogue has them."""
        owners = map(owner_of, self._catalogue.objects())
        known = {owner.key: replace(owner, collections=tuple(sorted({*owner.collections}))) for owner in owners}
        for said in self._loader.owners_in(self.index):
            if known.get(said.key, said) != said:
                self._follow(said)

    def require_nothing_lost(self) -> None:
        """Return if the index in use has none of the objects that failed; raises PackError if it has."""
        used = self._loader.used()
        if not self._failed or used is None:
            return
        there = self._loader.keys_in(used)
        rows = [row for row in self._catalogue.objects() if row.id in self._failed]
        lost = [row.id for row in rows if key_of(row.id, row.generation) in there]
        if lost:
            raise PackError(
                f"The index in use stays: {len(lost)} of its objects cannot be loaded into the new one ({lost[0]}).",
                "Ingest these again, or remove them; then reindex again.",
            )

    def remove_foreign(self) -> None:
        """Remove what the catalogue does not know, or not any more: it was removed while it was being loaded."""
        found = list(self._loader.owners_in(self.index))  # first, so that what is published meanwhile is known
        known = self._known(self._catalogue.objects())
        newest: dict[str, int] = {}
        for foreign in found:
            if foreign.key not in known:
                newest[foreign.object] = max(foreign.generation, newest.get(foreign.object, 0))
        for object_id, generation in sorted(newest.items()):
            with only_writer(self._home, self._catalogue, object_id):
                row = self._catalogue.find(object_id, newest=True)
                self._loader.keep_only(object_id, self._known([row] if row else []), generation)

    def _known(self, rows: Iterable[ObjectRow]) -> set[str]:
        """Return the keys of rows of the catalogue, and of all that waits."""
        return {owner_of(row).key for row in rows} | {str(wait.key) for wait in self._catalogue.pending.all()}
