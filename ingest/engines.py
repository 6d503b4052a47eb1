"""Where an object's words go so that they are found: into its pack's own index, or into a cluster.

Whoever writes an object holds it (`keeping.only_writer`): a cluster is changed by one writer of an object at a time.
"""

from pathlib import Path
from typing import Protocol

from ingest.keeping import remove_files
from ingest.spool import BESIDE, SECTION
from lectern.catalogue import Catalogue, ObjectRow
from lectern.errors import LecternError, Overloaded, PackError, StoreUnavailable
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings
from search.analysis import Profile, profile_of
from search.packing import rebuild_pack

KEPT = (SECTION, BESIDE)  # sections that an ingest keeps in a pack


class Engine(Protocol):
    """What an ingest needs to know of the engine."""

    @property
    def in_cluster(self) -> bool:
        """Return whether words are in a cluster: then a pack has no index of its own."""
        ...

    def pack_of(self, row: ObjectRow) -> PackFile:
        """Return the pack of an object as it is published; raises PackError and StoreUnavailable."""
        ...

    def holds(self, row: ObjectRow) -> bool:
        """Return whether the words of an object as it is published are found by this engine."""
        ...

    def load(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:
        """Have the words of a pack found as soon as the row is published; raises StoreUnavailable and Overloaded."""
        ...

    def complete(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:
        """Have the words of an object found that is published already, and that another engine had."""
        ...

    def settle(self, catalogue: Catalogue, object_id: str) -> bool:
        """Bring the engine to what the catalogue says of an object; returns whether that could be done just now."""
        ...

    def redescribe(self, catalogue: Catalogue, object_id: str) -> bool:
        """Have the engine know the policy and the collections that an object has by now; otherwise as `settle`.

        Nobody has to hold the object for that.
        """
        ...

    def mend(self, catalogue: Catalogue) -> None:
        """Do what processes left undone that were ended, and remove what no reader can be asking for any more."""
        ...


def engine_of(settings: Settings) -> Engine:
    """Return the engine of an installation; nothing is asked yet."""
    if settings.engine == "whoosh":
        return Embedded(settings.files, settings)
    from ingest.clustered import Clustered  # its client takes a while to load

    return Clustered(settings)


class Embedded:
    """Whoosh: the index is in the pack."""

    in_cluster = False

    def __init__(self, home: Home, settings: Settings | None = None) -> None:
        """Take the home, and settings if objects may have to be brought back from a cluster."""
        self._home = home
        self._settings = settings

    def pack_of(self, row: ObjectRow) -> PackFile:
        """Return the pack that lies in the home, brought back from the cluster if only that has it."""
        path = self._home.pack_file(row.id, row.generation)
        if path.exists() or self._settings is None:
            return PackFile(path)
        from ingest.clustered import Clustered

        try:
            return Clustered(self._settings).pack_of(row)
        except (StoreUnavailable, Overloaded) as error:  # the home may also never have had a cluster
            raise PackError(
                f"The pack of {row.id} is not here, and no cluster can be asked for it. {error.detail}",
                "Where its words are in a cluster, bring that back and try again; else ingest the object again.",
            ) from error
        except LecternError:
            return PackFile(path)

    def holds(self, row: ObjectRow) -> bool:
        """Return whether the pack has an index."""
        try:
            pack = PackFile(self._home.pack_file(row.id, row.generation))
        except PackError:
            return False
        return not pack.header["tokens"] or len(pack.section("index")) > 0

    def load(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:
        """Do nothing: the pack has its index."""

    def complete(self, catalogue: Catalogue, row: ObjectRow, pack: PackFile) -> None:  # noqa: ARG002
        """Make the pack anew in its place, with an index."""
        rebuilt(self._home, row, pack, indexed=True)

    def settle(self, catalogue: Catalogue, object_id: str) -> bool:  # noqa: ARG002 - the signature is the engines'
        """Do nothing: the catalogue's row is the switch."""
        return True

    def redescribe(self, catalogue: Catalogue, object_id: str) -> bool:  # noqa: ARG002
        """Do nothing: only the catalogue says these."""
        return True

    def mend(self, catalogue: Catalogue) -> None:
        """Do nothing: packs are swept with their objects."""


def take_off(home: Home, catalogue: Catalogue, object_id: str, engine: Engine) -> None:
    """Take an object off the shelf: its row, then its files and what the engine has of it. Whoever asks holds it."""
    catalogue.remove(object_id, in_cluster=engine.in_cluster)
    remove_files(home, object_id)
    engine.settle(catalogue, object_id)


def kept_sections(pack: PackFile) -> dict[str, bytes]:
    """Return what an ingest keeps in a pack beside the words and what is made of them."""
    return {name: bytes(section) for name in KEPT if len(section := pack.section(name))}


def has_our_analysis(pack: PackFile, profile: Profile) -> bool:
    """Return whether a pack was analysed just so by this release: then its positions stay what they are."""
    return profile.is_of(pack.header)


def rebuilt(home: Home, row: ObjectRow, pack: PackFile, *, indexed: bool, path: Path | None = None) -> PackFile:
    """Return a pack made anew under the generation and the analysis that it has."""
    profile = profile_of(pack.header)
    more = kept_sections(pack)
    made = rebuild_pack(home, row.id, row.generation, pack, more=more, profile=profile, path=path, indexed=indexed)
    return PackFile(made.path)
