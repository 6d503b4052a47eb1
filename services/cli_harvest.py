"""`lectern harvest`: manifests and text that lie on other servers, collections of them, and what changed there."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lectern.catalogue import Catalogue
from lectern.errors import ExitCode, LecternError
from lectern.ids import object_id as make_object_id
from lectern.plain import plain
from lectern.settings import Settings
from services.augmenting import AUGMENT, IMAGES, STDOUT, augmented, write_augmented
from services.counted import counted
from services.exits import exit_statuses
from services.ingesting import access_for, open_catalogue, unforeseen_told
from services.options import COLLECTIONS, JSON, POLICY, PROGRESS, QUIET, Manner, given_id
from services.progress import progress_for
from services.reporting import print_json, report

if TYPE_CHECKING:
    from ingest.engines import Engine
    from ingest.fetching import Fetcher
    from ingest.harvest import Harvest

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line says of the objects, and of what is to be told and kept."""

    object_id: str | None
    label: str | None
    policy: str | None
    collections: tuple[str, ...]
    augment: Path | None
    images: str
    delete: bool
    anew: bool
    manner: Manner

    @property
    def of_one(self) -> bool:
        """Return whether something is asked that only one manifest can have."""
        return bool(self.object_id or self.label or self.augment)


@dataclass(slots=True)
class _Run:
    """One call of the command: what it works with, and how it went."""

    settings: Settings
    catalogue: Catalogue
    fetcher: "Fetcher"
    asked: _Asked
    engine: "Engine"
    done: int = 0
    broken_pages: bool = False
    failed: list[LecternError] = field(default_factory=list)

    def tell(self, report: Json) -> None:
        """Print one line of JSON, if that is asked for."""
        if self.asked.manner.as_json:
            print_json(report)

    def fail(self, url: str, error: LecternError) -> None:
        """Say that something failed, and go on."""
        self.failed.append(error)
        click.echo(plain(f"lectern: {error}"), err=True)
        trap = getattr(error, "trap", type(error).__name__)
        self.tell({"url": url, "error": error.detail, "remedy": error.remedy, "trap": trap})

    @property
    def exit_code(self) -> ExitCode:
        """Return how it went: all of it, some of it, nothing."""
        if self.failed and not self.done:
            return ExitCode(self.failed[0].exit_code if len(self.failed) == 1 else ExitCode.INPUT)
        return ExitCode.PAGES_FAILED if self.failed or self.broken_pages else ExitCode.OK


@click.command(epilog=exit_statuses(ExitCode.PAGES_FAILED, ExitCode.INPUT, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--object", "object_id", metavar="ID", callback=given_id, help="The object's id; default one made of the address."
)
@click.option("--label", help="The object's title; default the manifest's.")
@POLICY
@COLLECTIONS
@click.option("--allow-host", "hosts", metavar="HOST", multiple=True, help="Fetch only from this host; repeatable.")
@click.option("--allow-private", is_flag=True, help="Fetch from private and loopback addresses too.")
@click.option("--max-bytes", type=click.IntRange(1), default=64 * 1024**2, show_default=True, help="Largest file.")
@click.option("--delay", metavar="SECONDS", type=click.FloatRange(0, 3600), default=0, help="Between two requests.")
@AUGMENT
@IMAGES
@click.option("--delete", is_flag=True, help="Remove objects that a change stream says are gone.")
@click.option("--anew", is_flag=True, help="Read a change stream as if for the first time.")
@PROGRESS
@QUIET
@JSON
@click.pass_obj
def harvest(
    settings: Settings,
    /,
    urls: tuple[str, ...],
    *,
    hosts: tuple[str, ...],
    allow_private: bool,
    max_bytes: int,
    delay: float,
    as_json: bool,
    quiet: bool,
    progress: bool | None,
    **options: Any,
) -> None:
    """Make the text of manifests on other servers searchable: it is fetched, their canvases stay.

    URL is a manifest or a collection (Presentation 2 or 3), or an IIIF Change Discovery stream. OCR, captions and
    annotations are found through seeAlso, rendering, annotations and otherContent. A second run fetches only what
    changed; of a stream it reads only what is new. --augment writes the manifest as it came, with our search and
    access services added. One that fails does not stop the others.
    """
    from ingest.engines import engine_of
    from ingest.fetching import Fetcher, Limits, user_agent

    limits = Limits(
        file_bytes=max_bytes,
        hosts=frozenset(host.lower() for host in hosts),
        private=allow_private,
        delay=delay,
    )
    asked = _Asked(manner=Manner(as_json, quiet, progress), **options)
    if asked.of_one and len(urls) != 1:
        raise _for_one()
    settings.files.prepare()
    if asked.policy:
        access_for(settings, asked.policy)(None)  # misspelt, refused before anything is fetched
    with open_catalogue(settings) as catalogue:
        run = _Run(settings, catalogue, Fetcher(limits, agent=user_agent(settings.contact)), asked, engine_of(settings))
        for url in urls:
            try:
                _harvest_url(run, url)
            except LecternError as error:
                if len(urls) == 1 and not run.done and not run.failed and not asked.manner.as_json:
                    raise
                run.fail(url, error)
    sys.exit(run.exit_code)


def _for_one() -> click.UsageError:
    return click.UsageError("--object, --label and --augment are for one manifest; this is more than one.")


def _harvest_url(run: _Run, url: str) -> None:
    """Harvest what is at an address, whichever of the three it is; raises LecternError."""
    from ingest.activities import is_stream
    from ingest.harvest import harvested_before
    from ingest.listing import document_at, is_list, manifests_at

    if harvested_before(run.settings.files, run.asked.object_id or url, url):
        _harvest_one(run, url)
        return
    document = document_at(run.fetcher, url)
    if not is_stream(document) and not is_list(document):
        _harvest_one(run, url)
        return
    if run.asked.of_one:
        raise _for_one()
    if is_stream(document):
        _follow(run, url, document)
        return
    for address in manifests_at(run.fetcher, url, document):
        _guarded(run, address, partial(_harvest_one, run, address))


def _guarded(run: _Run, url: str, work: Callable[[], object]) -> bool:
    """Return whether it went well; what fails is said."""
    try:
        work()
    except LecternError as error:
        run.fail(url, error)
        return False
    return True


def _harvest_one(run: _Run, url: str, stream: str = "") -> None:
    from ingest.harvest import harvest_object
    from ingest.pipeline import Wishes

    asked = run.asked
    name = asked.object_id or url
    access = access_for(run.settings, asked.policy)
    access(run.catalogue.find(make_object_id(name)))  # a misspelt policy is refused before any work
    wishes = Wishes(name, asked.label, collections=tuple(asked.collections), access=access)
    with unforeseen_told(run.catalogue, name, url):
        found = harvest_object(
            run.settings.files,
            run.catalogue,
            url,
            wishes,
            fetcher=run.fetcher,
            progress=progress_for(asked.manner),
            stream=stream,
            engine=run.engine,
        )
        run.engine.mend(run.catalogue)
    run.done += 1
    run.broken_pages |= found.result is not None and found.result.failures > 0
    _report(run, url, found)
    if asked.augment is not None:
        document = augmented(run.settings, run.catalogue, found.object, found.document, asked.images)
        write_augmented(run.settings, document, asked.augment, asked.manner.say)


def _report(run: _Run, url: str, found: "Harvest") -> None:
    silent = run.asked.augment is not None and str(run.asked.augment) == STDOUT
    more: Json = {"url": url, "fetched": found.fetched, "changed": found.result is not None}
    if found.result is not None:
        report(run.settings, found.result, run.asked.manner.as_json, more, silent=silent, quiet=run.asked.manner.quiet)
        return
    if not silent and run.asked.manner.as_json:
        run.tell({"object": found.object} | more)
    elif not silent:
        click.echo(found.object)
    run.asked.manner.say(f"{found.object}: nothing has changed.")


def _follow(run: _Run, url: str, document: Json) -> None:
    """Do what a change stream says since the last time, and what is left from then; raises LecternError."""
    from ingest.streams import follow

    with follow(run.settings.files, url, anew=run.asked.anew) as stream:
        changes = stream.look(run.fetcher, document)
        todo = len(stream.state.todo)
        run.asked.manner.say(f"{url}: {counted(len(changes.tasks), 'object')} with news, {todo} to do.")
        stream.work_off(lambda each: _read(run, each, url), lambda each: _remove(run, each, url))
        left = len(stream.state.todo)
    run.done += 1
    if left:
        run.asked.manner.say(f"{url}: {left} are tried again by the next run.")


def _read(run: _Run, url: str, stream: str) -> bool:
    """Harvest what a stream names, a manifest or a collection; returns whether it need not be tried again."""
    from ingest.harvest import harvested_before
    from ingest.listing import manifests_at

    def each(address: str) -> bool:
        try:
            _harvest_one(run, address, stream)
        except LecternError as error:
            if getattr(error, "trap", "") != "no-text":
                run.fail(address, error)
                return False
            run.asked.manner.say(f"{address} has no text; it is left out.")
            run.tell({"url": address, "left_out": "no-text"})
        return True

    if harvested_before(run.settings.files, url, url):
        return each(url)
    fine = True

    def walk() -> None:
        nonlocal fine
        for address in manifests_at(run.fetcher, url):
            fine &= each(address)

    return _guarded(run, url, walk) and fine


def _remove(run: _Run, url: str, stream: str) -> bool:
    """Remove the object of an address that a stream says is gone, or say what would; returns whether it is gone."""
    from ingest.harvest import forget_object, object_of_stream

    home, asked = run.settings.files, run.asked
    row = object_of_stream(home, run.catalogue, url, stream)
    if row is None:
        return True
    if not asked.delete:
        run.asked.manner.say(f"{row.id}: its publisher says that it is gone; `--delete` removes it ({url}).")
    elif not _guarded(run, url, partial(forget_object, home, run.catalogue, url, stream, run.engine)):
        return False
    else:
        run.asked.manner.say(f"Removed {row.id}: its publisher says that it is gone ({url}).")
    run.tell({"url": url, "object": row.id, "gone": True, "removed": asked.delete})
    return asked.delete
