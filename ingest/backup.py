"""A copy of a home that is consistent while everything runs: the catalogue as it is at one moment, then what it names.

Packs and pyramids are never changed, only replaced by others of another name. So where an object was replaced or
removed before its files were taken, the catalogue is taken again with what is new in it, until all it names is there.
"""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ingest.backup_list import CATALOGUE, STATE, Entry, Head, Taken
from ingest.backup_source import read_former
from ingest.backup_target import FolderTarget, Target, TarTarget, building, write_list
from ingest.belongings import HALF_WRITTEN, kept_pictures, pictures_of
from ingest.engines import Engine
from ingest.origins import origin_file
from ingest.progress import Progress, Silence
from ingest.settling import overlaps
from lectern import __version__
from lectern.catalogue import Catalogue, ObjectRow
from lectern.catalogue_tables import SCHEMA as CATALOGUE_SCHEMA
from lectern.database_snapshot import snapshot_catalogue, snapshot_state
from lectern.errors import InputError, LecternError, StoreUnavailable
from lectern.home import Home
from lectern.keys import CAPABILITY_KEY, FORMS_KEY
from lectern.picture_sources import parse_reference
from lectern.state_tables import SCHEMA as STATE_SCHEMA

_ROUNDS = 20
_MADE_AGAIN = frozenset({"cache", "work", "counters"})
_BY_OBJECT = frozenset({"index", "images"})
SET_ASIDE = ".former-"  # how folders are named in which a restore keeps the home that was there before


@dataclass(frozen=True, slots=True)
class BackupWishes:
    """What a backup is to be like: with pictures, lasting files linked, what a former one has linked from there."""

    images: bool = True
    link: bool = False
    former: Path | None = None


def back_up(
    home: Home, engine: Engine, target: Path, wishes: BackupWishes | None = None, progress: Progress | None = None
) -> Head:
    """Write a backup of a home to a new folder, or a new tar file if its name ends so; returns what is in it.

    It is there whole or not at all. Raises InputError for a target that lies in the home, or is there already;
    StoreUnavailable when objects are replaced faster than they are copied; OSError.
    """
    wishes = wishes or BackupWishes()
    tar = target.suffix == ".tar"
    if overlaps(target, home.path):
        raise InputError(f"{target} and the home lie in one another.", "Name a place outside of the home.")
    if not home.has_catalogue:
        raise InputError(f"There is no catalogue in {home.path}.", "Set LECTERN_HOME, or `lectern --home`.")
    if tar and (wishes.link or wishes.former):
        raise InputError("Nothing can be linked into a tar file.", "Name a folder, or leave out --link and --since.")
    with building(target) as beside:
        former = read_former(wishes.former) if wishes.former else None
        put: Target = TarTarget(target, beside) if tar else FolderTarget(target, beside, former, link=wishes.link)
        with closing(Taken(beside / "taken.db")) as taken:
            return _Run(home, engine, put, taken, beside, wishes, progress or Silence()).make()


@dataclass(slots=True)
class _Run:
    """One backup. `lacking` names what the newest look at the catalogue did not find."""

    home: Home
    engine: Engine
    target: Target
    taken: Taken
    beside: Path
    wishes: BackupWishes
    progress: Progress
    round: int = 0
    objects: int = 0
    pages: int = 0
    lacking: list[str] = field(default_factory=list)

    def make(self) -> Head:
        live = Catalogue(self.home)
        try:
            while self._look(live):
                if self.round >= _ROUNDS:
                    raise StoreUnavailable(
                        "Objects are replaced or removed faster than they can be copied.",
                        "Run it again when less is ingested.",
                    )
        finally:
            live.close()
        self._take_home()
        self._take_stores()
        list_file = self.beside / "files.jsonl"
        files, size, digest = write_list(self.taken.entries(self.round), list_file)
        head = Head(
            datetime.now(UTC).isoformat(timespec="seconds"),
            __version__,
            {schema.name: schema.version for schema in (CATALOGUE_SCHEMA, STATE_SCHEMA)},
            self.objects,
            self.pages,
            files,
            size,
            self.wishes.images,
            tuple(self.lacking),
            digest,
        )
        self.target.finish(self.taken.others(self.round), list_file, head)
        return head

    def _look(self, live: Catalogue) -> bool:
        """Take the catalogue and what it names; returns whether something was replaced before it could be taken."""
        self.round += 1
        self.objects, self.pages, self.lacking = 0, 0, []
        snapshot_catalogue(self.home, self.beside / CATALOGUE)
        moment = Catalogue(Home(self.beside))
        try:
            rows = moment.objects()
            self.progress.begin("backup", sum(row.pages for row in rows))
            again = False
            for row in rows:
                lacking = list(self._take_object(moment, row))
                self.objects, self.pages = self.objects + 1, self.pages + row.pages
                if lacking and live.find(row.id, newest=True) != row:
                    again = True
                self.lacking += lacking
            return again
        finally:
            self.progress.end()
            moment.close()

    def _take_object(self, moment: Catalogue, row: ObjectRow) -> Iterator[str]:
        """Take the files of an object; yields the paths of those that are not there."""
        home = self.home
        pack = home.pack_file(row.id, row.generation)
        if not pack.exists():
            with suppress(LecternError):  # its words may be in a cluster: a backup has them too
                self.engine.pack_of(row)
        if not self._take(pack, lasting=True):
            yield self._name(pack)
        for path in (home.given_manifest(row.id), origin_file(home, row.id)):
            self._take(path)
        canvases = moment.canvases(row.id)
        if self.wishes.images:
            for path in kept_pictures(home.image_folder(row.id), pictures_of(canvases)):
                self._take(path, lasting=True)
        for canvas in canvases:
            self.progress.step()
            if self.wishes.images and canvas.image and parse_reference(canvas.image) is None:
                picture = home.images / canvas.image
                if not self._take(picture, lasting=True):
                    yield self._name(picture)

    def _take_home(self) -> None:
        """Take what belongs to no object: settings, policies, words, keys, what was harvested, and the operator's."""
        for path in files_of_home(self.home):
            self._take(path)

    def _take_stores(self) -> None:
        state = self.beside / STATE
        stores = [(CATALOGUE, self.beside / CATALOGUE)]
        if snapshot_state(self.home, state):
            stores.append((STATE, state))
        for name, file in stores:
            entry = self.target.put(name, file, lasting=False)
            if entry is not None:
                self.taken.add(Entry(name, entry.size, entry.sha256, 0o600, entry.mtime_ns), self.round)

    def _take(self, path: Path, *, lasting: bool = False) -> bool:
        name = self._name(path)
        if lasting and self.taken.again(name, self.round):
            return True
        entry = self.target.put(name, path, lasting=lasting)
        if entry is None:
            return False
        self.taken.add(entry, self.round)
        return True

    def _name(self, path: Path) -> str:
        return path.relative_to(self.home.path).as_posix()


def files_of_home(home: Home) -> Iterator[Path]:
    """Yield the files of a home that belong to no object, but for the stores and what is made again by itself.

    Keys that only sign what is over in a moment are not among them: after a restore there are new ones. Links are
    followed where they lead to a file, and in the home itself also where they lead to a folder.
    """
    rotating = {file.path for purpose in (FORMS_KEY, CAPABILITY_KEY) for file in home.keyring.files(purpose)}
    for entry in sorted(home.path.iterdir()):
        if entry.name in _MADE_AGAIN | _BY_OBJECT or entry.name.startswith((CATALOGUE, STATE, SET_ASIDE)):
            continue
        for path in _files_in(entry) if entry.is_dir() else (entry,):
            half = path.parent == home.path / "keys" and path.name.startswith(HALF_WRITTEN)
            if path.is_file() and path not in rotating and not half:
                yield path


def _files_in(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(here, name) for name in sorted(files))
