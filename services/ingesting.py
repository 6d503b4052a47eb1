"""One path put on the shelf, or planned, as the command line asks for it: wishes, policy, manifest, catalogue."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auth.policy import Policy
from lectern.catalogue import Catalogue, ObjectRow
from lectern.errors import BeingWritten, InputError, LecternError, Overloaded, StoreUnavailable
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from services.context import Context
from services.options import Manner, choice
from services.progress import progress_for

if TYPE_CHECKING:
    from ingest.manifest import ForeignManifest
    from ingest.pictures_at import PicturesAt
    from ingest.pipeline import IngestResult
    from ingest.planning import Plan
    from ingest.progress import Progress
    from ingest.wishes import Access, Wishes
    from ingest.workers import Workers


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of a command say of an object; None or empty where they say nothing.

    `since` is when the run began that asks for several, by the catalogue's clock.
    """

    object_id: str | None = None
    label: str | None = None
    policy: str | None = None
    collections: Sequence[str] = ()
    languages: Sequence[str] = ()
    jobs: int | None = None
    manifest: str | None = None
    folds: Sequence[str] = ()
    stems: Sequence[str] = ()
    allow_private: bool = False
    pictures: str | None = None
    augment: Path | None = None
    images: str = "auto"
    since: float | None = None


@contextmanager
def open_catalogue(settings: Settings) -> Iterator[Catalogue]:
    """Return the home's catalogue, to be closed at the end."""
    catalogue = Catalogue(settings.files)
    catalogue.leases.life = settings.lease_seconds
    try:
        yield catalogue
    finally:
        catalogue.close()


@contextmanager
def existing_catalogue(settings: Settings) -> Iterator[Catalogue | None]:
    """Return the home's catalogue if there is one, to be closed at the end: whoever only looks makes no home."""
    if not settings.files.has_catalogue:
        yield None
        return
    with open_catalogue(settings) as catalogue:
        yield catalogue


def policy_for(settings: Settings, given: str | None, existing: ObjectRow | None) -> Policy:
    """Return the policy an object is put under: the one asked for, else the one it has, else `open`.

    Raises InputError, with the names there are, for one that policies.toml does not have: an object that was
    ingested under a misspelt name would be closed to everybody.
    """
    policies = Context(settings).written_policies()
    name = given or (existing.policy if existing else "open")
    if given is not None and given not in policies.names:
        raise InputError(
            f"There is no policy {given!r}.",
            f"The policies are {', '.join(sorted(policies.names))}; policies.toml in the home defines them.",
        )
    return policies.get(name)


def ingest_path(
    settings: Settings, path: Path, asked: Asked, progress: "Progress", workers: "Workers | None" = None
) -> "IngestResult":
    """Return what became of one path. What another made of the same files since `asked.since` is not made again.

    Raises InputError when nothing can be read or the policy is unknown, BeingWritten when the object is being written
    by another process.
    """
    from ingest.documents import keep_document
    from ingest.engines import engine_of
    from ingest.meanwhile import made_meanwhile, mark_of
    from ingest.pipeline import ingest_object

    name = _name(path, asked)
    settings.files.prepare()
    with open_catalogue(settings) as catalogue, unforeseen_told(catalogue, name, str(path)):
        object_id = make_object_id(name)
        here = asked.since is not None and not asked.manifest and not asked.pictures  # all that it is made from
        mark = mark_of(path, repr(replace(asked, jobs=None, since=None))) if here else ""
        made = made_meanwhile(catalogue, object_id, mark, asked.since or 0.0)
        if made is not None:
            return made
        wishes, document = _wished(settings, name, asked, catalogue.find(object_id))
        engine = engine_of(settings)
        result = ingest_object(settings.files, catalogue, path, wishes, progress, workers=workers, engine=engine)
        keep_document(settings.files, result.row.id, document)
        if mark:
            catalogue.leases.note_done(object_id, mark)
        engine.mend(catalogue)
        return result


@contextmanager
def unforeseen_told(catalogue: Catalogue, name: str, source: str) -> Iterator[None]:
    """Put a failure that nobody foresaw into the ledger of the object of a name, and raise InputError in its place."""
    from ingest.traps import failure_entry

    try:
        yield
    except (LecternError, OSError, MemoryError):
        raise
    except Exception as error:
        fault = _fault(source, error)
        object_id = make_object_id(name)
        catalogue.note(object_id, [failure_entry(fault, None)], catalogue.pages(object_id))
        raise fault from error


def require_ids_apart(sources: Sequence[Path]) -> None:
    """Raise InputError when two paths would become one object, the second in the place of the first."""
    from ingest.survey import object_name

    taken: dict[str, Path] = {}
    for source in sources:
        try:
            object_id = make_object_id(object_name(source))
        except InputError:
            continue  # it is told when its turn comes
        first = taken.setdefault(object_id, source)
        if first.resolve() != source.resolve():
            raise InputError(
                f"{first} and {source} would both become the object {object_id}; nothing was ingested.",
                "Ingest them one at a time and give one of them another id with --object, or rename one.",
            )


_LOG = logging.getLogger(__name__)
_LONGEST_FAULT = 300  # characters
_HELD_SECONDS = 1.0  # between two looks whether another is done with an object
_MOST_NAMED = 3
_OBJECTS_A_JOB = 2  # from so many on, every process takes whole objects; below, they share the pages of one


def ingest_paths(
    settings: Settings, sources: Sequence[Path], asked: Asked, manner: Manner
) -> "Iterator[IngestResult | LecternError]":
    """Yield what became of every path, or why nothing did, in any order. Raises what is no fault of one path.

    Of several paths those that another process or machine is writing are left for the end, and waited for then: it
    may die, or leave pages that failed.
    """
    from ingest.workers import Workers

    several = len(sources) > 1
    asked = replace(asked, since=_now(settings) if several else None)
    with Workers(asked.jobs) as workers:
        waiting, told = list(sources), False
        while waiting:
            held = []
            for source, result in _attempts(settings, waiting, asked, manner, workers):
                if several and isinstance(result, BeingWritten):
                    held.append(source)
                else:
                    yield result
            if held and not told:
                names = ", ".join(source.name for source in held[:_MOST_NAMED])
                manner.say(f"Others are writing {len(held)} of them ({names}); these are waited for.")
                told = True
            if held:
                time.sleep(_HELD_SECONDS)
            waiting = held


def _attempts(
    settings: Settings, sources: Sequence[Path], asked: Asked, manner: Manner, workers: "Workers"
) -> "Iterator[tuple[Path, IngestResult | LecternError]]":
    """Yield every path once with what became of it."""
    if workers.jobs == 1 or len(sources) < _OBJECTS_A_JOB * workers.jobs or _share_a_name(sources):
        for source in sources:
            yield source, _attempt(settings, source, asked, progress_for(manner), workers)
        return
    progress = progress_for(manner)
    progress.begin(f"{len(sources)} objects", len(sources))
    try:
        for source, result in workers.run(_ingest_alone, [(settings, source, asked) for source in sources]):
            progress.step()
            yield source, result
    finally:
        progress.end()


def _now(settings: Settings) -> float:
    """Return the time of the catalogue's clock; 0 where there is no catalogue, so that all is made after it."""
    with existing_catalogue(settings) as catalogue:
        return 0.0 if catalogue is None else catalogue.leases.now()


def _share_a_name(sources: Sequence[Path]) -> bool:
    """Return whether two paths make one object: then the second waits for the first."""
    from ingest.names import same_form

    names = [same_form(source.resolve().name) for source in sources]
    return len(set(names)) < len(names)


def _ingest_alone(task: tuple[Settings, Path, Asked]) -> "tuple[Path, IngestResult | LecternError]":
    """Return what became of one path; runs in worker processes, each of which does all of an object."""
    from ingest.progress import Silence
    from ingest.workers import Workers

    settings, source, asked = task
    with Workers(1) as alone:
        return source, _attempt(settings, source, asked, Silence(), alone)


def _attempt(
    settings: Settings, source: Path, asked: Asked, progress: "Progress", workers: "Workers"
) -> "IngestResult | LecternError":
    try:
        return ingest_path(settings, source, asked, progress, workers)
    except (InputError, StoreUnavailable, Overloaded) as error:  # another process may be writing this one
        return error
    except (LecternError, OSError, MemoryError):
        raise
    except Exception as error:  # a fault of ours with one path must not stop the others
        return _fault(str(source), error)


def _fault(source: str, error: Exception) -> InputError:
    """Return what is said of a path whose ingest failed in a way that nobody foresaw; its trace is logged."""
    from ingest.names import shown
    from ingest.traps import Unreadable

    _LOG.error("the ingest of a path failed", exc_info=error)
    what = f"{type(error).__name__}: {str(error)[:_LONGEST_FAULT]}"
    detail = f"{shown(source)} cannot be ingested: {what}."
    return Unreadable("ingest-fault", detail, "Please report this, with the lines above.")


def ingest_with_bar(settings: Settings, path: Path, **asked: Any) -> "IngestResult":
    """Return what became of one path, with a progress bar where somebody looks; `asked` as in `Asked`."""
    return ingest_path(settings, path, Asked(**asked), progress_for(Manner()))


def plan_path(settings: Settings, path: Path, asked: Asked) -> "Plan":
    """Return what an ingest of one path would make. Nothing is written; raises InputError as `ingest_path` does."""
    try:
        return _plan(settings, path, asked)
    except (LecternError, OSError, MemoryError):
        raise
    except Exception as error:
        raise _fault(str(path), error) from error


def _plan(settings: Settings, path: Path, asked: Asked) -> "Plan":
    from ingest.planning import plan

    name = _name(path, asked)
    with existing_catalogue(settings) as catalogue:
        before = None if catalogue is None else catalogue.find(make_object_id(name))
    wishes, _ = _wished(settings, name, asked, before)
    return plan(path, wishes, settings.files, before)


def access_for(settings: Settings, given: str | None) -> "Callable[[ObjectRow | None], Access]":
    """Return what tells policy and tier of an object: those asked for, else those of the policy that it has by then."""
    from ingest.leaves import Reduced
    from ingest.wishes import Access

    def access(before: ObjectRow | None) -> Access:
        rule = policy_for(settings, given, before)
        tier = rule.substitute
        return Access(rule.name, Reduced(tier.tier, tier.max_scale, tier.watermark) if tier else None)

    return access


def _wished(settings: Settings, name: str, asked: Asked, before: ObjectRow | None) -> tuple["Wishes", Any]:
    """Return what is wanted of an object, and the document of its manifest, if one is given."""
    from ingest.wishes import Wishes

    access = access_for(settings, asked.policy)
    access(before)  # a misspelt policy is refused before any work
    document = _document(asked.manifest, settings.contact, private=asked.allow_private) if asked.manifest else None
    wishes = Wishes(
        name=name,
        label=asked.label,
        collections=tuple(asked.collections),
        languages=tuple(asked.languages),
        jobs=asked.jobs,
        largest=settings.ocr_max_bytes,
        keep_originals=settings.keep_originals,
        access=access,
        folds=choice(asked.folds),
        stems=choice(asked.stems),
        pictures=pictures_at(settings, asked.pictures, name) if asked.pictures else None,
        manifest=_manifest(asked.manifest, document) if asked.manifest else None,
    )
    return wishes, document


def _name(path: Path, asked: Asked) -> str:
    """Return the name of the object that a path becomes: one of pictures at a source alone is called by their folder.

    Raises InputError when there is nothing at the path.
    """
    from ingest.survey import object_name

    if asked.object_id:
        return asked.object_id
    if asked.pictures and path == Path(asked.pictures):
        return asked.pictures.rstrip("/").rpartition("/")[2].rpartition(":")[2] or asked.pictures.partition(":")[0]
    return object_name(path)


def pictures_at(settings: Settings, text: str, name: str) -> "PicturesAt":
    """Return where the pictures of an object are, told as `NAME:PATH`; {object} in it is the object's name.

    Raises InputError for a source that the settings do not have.
    """
    from ingest.pictures_at import OBJECT, PicturesAt
    from ingest.remote import Remote

    source, _, place = text.partition(":")
    if source not in settings.sources:
        there = ", ".join(sorted(settings.sources)) or "there is none"
        raise InputError(
            f"There is no source {source!r} of pictures.",
            f"The sources are [sources.NAME] in lectern.toml: {there}. Give --pictures NAME:PATH.",
        )
    remote = Remote(source, settings.sources[source], settings.contact)
    return PicturesAt(remote, place.replace(OBJECT, name))


def _document(place: str, contact: str, *, private: bool) -> Any:
    """Return the JSON document at a URL, with `private` also at a private address, or in a file; raises InputError."""
    from ingest.fetching import Fetcher, Limits, user_agent
    from ingest.harvest import parse

    if not _is_remote(place):
        return parse(Path(place), place)
    fetcher = Fetcher(Limits(private=private), agent=user_agent(contact))
    return parse(fetcher.get(place).body or b"", place)


def _manifest(place: str, document: Any) -> "ForeignManifest":
    """Return what a manifest says, with the annotation pages that lie beside its file; raises InputError."""
    from ingest.annotation_sources import at_hand
    from ingest.manifest import read_manifest

    manifest = read_manifest(document)
    return manifest if _is_remote(place) else at_hand(manifest, Path(place).parent)


def _is_remote(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))
