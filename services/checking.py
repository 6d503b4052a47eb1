"""`lectern check`: everything that is wrong or doubtful in a home, at once, each with a hint."""

import os
import shlex
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from auth.doubts import override_doubts, policy_doubts
from auth.policies import Policies
from auth.wording import Words
from lectern.catalogue import Catalogue, ObjectRow
from lectern.clock import utc_now
from lectern.errors import ConfigurationError, LecternError, PackError
from lectern.home import Home
from lectern.picture_sources import parse_reference
from lectern.settings import Settings, home_at, load_settings
from search.library import Library
from services.checking_cluster import cluster_doubts, cluster_troubles
from services.checking_collections import collection_doubts
from services.checking_image_server import image_server_troubles, name_troubles, open_picture
from services.checking_providers import provider_troubles
from services.checking_public_url import public_url_troubles
from services.checking_sources import source_troubles
from services.context import Context
from services.faults import Fault, doubts, faults, faults_of, read_files, read_home
from services.open_elsewhere import open_elsewhere_doubts

_SHOWN_KEYS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (error) or to think about (warning)."""

    level: Literal["error", "warning"]
    detail: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain values."""
        return asdict(self)


def findings(home: Path | None = None, *, online: bool = False) -> list[Finding]:
    """Return all findings of the installation at a home (default LECTERN_HOME), errors first. Nothing is changed.

    With `online` the public URL is asked whether Lectern is there, the providers that readers sign in at what they
    say of themselves, the sources of pictures whether they answer, and another image server whether it knows a picture
    by the name that is made for it.
    """
    return sorted(_all(home, online=online), key=lambda finding: finding.level)


def _all(home: Path | None, *, online: bool) -> Iterator[Finding]:
    files = home_at(home)
    settings = None
    try:
        settings = load_settings(home)
    except ConfigurationError as error:
        reading = read_files(files, None)
        yield from _as("error", (*faults_of(error), *reading.faults))
    else:
        files = settings.files
        reading = read_home(settings)
        yield from _as("error", faults(settings, reading))
        yield from _as("warning", doubts(settings, reading))
        yield from _as("error", cluster_troubles(settings, objects=_has_objects(files)))
        yield from _as("warning", cluster_doubts(settings))
        if online:
            yield from _as("error", (*provider_troubles(settings), *source_troubles(settings)))
            yield from _as("warning", public_url_troubles(settings.base_url))
            yield from _of_image_server(files, settings, reading.policies)
    yield from _of_folder(files)
    if reading.words is not None:
        yield from _of_words(reading.words)
    policies = reading.policies
    if policies is not None:
        yield from _as("warning", policy_doubts(policies))
    if files.has_catalogue:
        catalogue = Catalogue(files)
        try:
            yield from _of_objects(files, catalogue, policies, settings)
            yield from _of_sources(catalogue, settings)
            yield from _as("warning", collection_doubts(files, catalogue))
            if policies is not None:
                yield from _as("warning", open_elsewhere_doubts(catalogue, policies, utc_now()))
                yield from _of_overrides(policies, catalogue)
        except LecternError as error:
            yield Finding("error", error.detail, error.remedy)
        finally:
            catalogue.close()
    elif policies is not None:
        yield from _of_overrides(policies, None)


def _as(level: Literal["error", "warning"], found: Iterable[Fault]) -> Iterator[Finding]:
    for detail, remedy in found:
        yield Finding(level, detail, remedy)


def _has_objects(home: Home) -> bool:
    """Return whether there is anything on the shelf; a catalogue that cannot be read is told of elsewhere."""
    if not home.has_catalogue:
        return False
    catalogue = Catalogue(home)
    try:
        return bool(catalogue.ids(most=1))
    except LecternError:
        return False
    finally:
        catalogue.close()


def _of_image_server(home: Home, settings: Settings, policies: Policies | None) -> Iterator[Finding]:
    """Ask the other image server whether it is there, and then for a picture that everybody may see."""
    if not settings.image_server:
        return
    if down := list(image_server_troubles(settings)):
        yield from _as("error", down)
        return
    if policies is None or not home.has_catalogue:
        return
    catalogue = Catalogue(home)
    try:
        found = open_picture(catalogue, policies, settings, utc_now())
    except LecternError:  # told of where the objects are looked through
        return
    finally:
        catalogue.close()
    if found is not None:
        yield from _as("warning", name_troubles(settings, found))


def _of_words(words: Words) -> Iterator[Finding]:
    """Tell of sentences that a language of the operator's lacks."""
    for tag in words.languages:
        if lacking := words.missing(tag):
            yield Finding(
                "warning",
                f"words/{tag}.toml lacks {len(lacking)} of the sentences, which are said in English: "
                + ", ".join(lacking[:_SHOWN_KEYS])
                + (", …" if len(lacking) > _SHOWN_KEYS else "."),
                "auth/words/en.toml has them all; docs/languages.md says how to write your own.",
            )


def _of_folder(home: Home) -> Iterator[Finding]:
    """Tell of a home that is not there, or cannot be written; it is not made here."""
    if not home.path.exists():
        yield Finding(
            "warning",
            f"There is no home {home.path} yet.",
            "The first `lectern ingest` makes it; if you meant another folder, set LECTERN_HOME.",
        )
    elif not home.path.is_dir() or not os.access(home.path, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("error", f"The home {home.path} cannot be written.", "Set LECTERN_HOME to a folder that you own.")
    elif (mode := stat.S_IMODE(home.path.stat().st_mode)) & stat.S_IRWXO:
        yield Finding(
            "warning",
            f"Every account of this machine may look into the home {home.path} (mode {mode:04o}): passwords' hashes "
            "and restricted pages lie there.",
            f"Run `chmod o-rwx {shlex.quote(str(home.path))}`, or 700 if no group needs it.",
        )


def _of_overrides(policies: Policies, catalogue: Catalogue | None) -> Iterator[Finding]:
    pages = {row.id: row.pages for row in catalogue.objects()} if catalogue else {}
    yield from _as("warning", override_doubts(policies, pages))


def _of_objects(
    home: Home, catalogue: Catalogue, policies: Policies | None, settings: Settings | None
) -> Iterator[Finding]:
    library = Context(settings).library if settings is not None else Library(home, 1)
    asking = True  # a cluster that does not answer is asked once
    for row in catalogue.objects():
        override = policies.overrides.get(row.id) if policies else None
        if policies is not None and row.policy not in policies.names and not (override and override.policy):
            yield Finding(
                "error",
                f"The object {row.id} is under the policy {row.policy}, which there is not: it is closed to everyone.",
                "Write the policy into policies.toml, or choose another with `lectern policy set OBJECT NAME`.",
            )
        if told := _pack_finding(library, row) if asking else None:
            yield told[0]
            asking = not told[1]
        for canvas in catalogue.canvases(row.id):
            if canvas.image and not (parse_reference(canvas.image) or (home.images / canvas.image).is_file()):
                yield Finding(
                    "error",
                    f"The picture of canvas {canvas.n} of {row.id} is gone.",
                    "Ingest the object again.",
                )


def _pack_finding(library: Library, row: ObjectRow) -> tuple[Finding, bool] | None:
    """Return why an object's words cannot be had, and whether that is so of all; None if they can."""
    try:
        library.require(row)
    except LecternError as error:
        of_all = not isinstance(error, PackError)
        detail = error.detail if of_all else f"The object {row.id}: {error.detail}"
        return Finding("error", detail, error.remedy), of_all
    return None


def _of_sources(catalogue: Catalogue, settings: Settings | None) -> Iterator[Finding]:
    """Tell of pictures that lie at sources which the settings do not have; of none where the settings are broken."""
    if settings is None:
        return
    for row in catalogue.objects():
        told = Counter(found.source for each in catalogue.canvases(row.id) if (found := parse_reference(each.image)))
        for source, count in told.items():
            if source not in settings.sources:
                yield Finding(
                    "error",
                    f"The pictures of {count} canvases of {row.id} lie at the source {source}, which there is not.",
                    f"Write [sources.{source}] into lectern.toml, or ingest the object again.",
                )
