"""`lectern check`: everything that is wrong or doubtful in a home, at once, each with a hint."""

import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from auth.policies import Policies, load_policies
from auth.wording import load_words
from lectern.catalogue import Catalogue
from lectern.errors import ConfigurationError, LecternError
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings, home_at, load_settings
from services.secrecy import weak_secrets

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


def findings(home: Path | None = None) -> list[Finding]:
    """Return all findings of the installation at a home (default LECTERN_HOME), errors first. Nothing is changed."""
    return sorted(_all(home), key=lambda finding: finding.level)


def _all(home: Path | None) -> Iterator[Finding]:
    files, institution = home_at(home), ""
    try:
        settings = load_settings(home)
    except ConfigurationError as error:
        yield from _errors(error)
    else:
        institution = settings.institution
        yield from _of_settings(settings)
    yield from _of_folder(files)
    yield from _of_words(files)
    policies = None
    try:
        policies = load_policies(files.policies_file, institution)
        yield from _of_policies(policies)
    except ConfigurationError as error:
        yield from _errors(error)
    if files.catalogue_file.is_file():
        catalogue = Catalogue(files)
        try:
            yield from _of_objects(files, catalogue, policies)
        except LecternError as error:
            yield Finding("error", error.detail, error.remedy)
        finally:
            catalogue.close()


def _errors(error: ConfigurationError) -> Iterator[Finding]:
    for problem in error.problems:
        yield Finding("error", problem, error.remedy)


def _of_settings(settings: Settings) -> Iterator[Finding]:
    if not settings.sign_in_possible:
        yield Finding(
            "warning",
            f"Nobody can sign in at {settings.base_url}: browsers keep our cookies over https only.",
            "Set LECTERN_PUBLIC_URL to an https address, or to http://localhost for a trial.",
        )
    for detail, remedy in weak_secrets(settings):
        yield Finding("error", detail, remedy)


def _of_words(home: Home) -> Iterator[Finding]:
    """Tell of errors in the operator's own words, and of sentences that a language of his lacks."""
    try:
        words = load_words(home.words)
    except ConfigurationError as error:
        yield from _errors(error)
        return
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


def _of_policies(policies: Policies) -> Iterator[Finding]:
    for name in sorted(policies.names):
        if policies.get(name).search == "boxes":
            yield Finding(
                "warning",
                f'Policy {name} has search = "boxes", an oracle: patient asking rebuilds much of a text from boxes.',
                'Use search = "none" for what must stay secret; LECTERN_BOXES_QUERIES is the budget of a day.',
            )


def _of_objects(home: Home, catalogue: Catalogue, policies: Policies | None) -> Iterator[Finding]:
    for row in catalogue.objects():
        if policies is not None and row.policy not in policies.names:
            yield Finding(
                "error",
                f"The object {row.id} is under the policy {row.policy}, which there is not: it is closed to everyone.",
                "Write the policy into policies.toml, or ingest the object under another.",
            )
        try:
            PackFile(home.pack_file(row.id, row.generation))
        except LecternError as error:
            yield Finding("error", f"The object {row.id}: {error.detail}", error.remedy)
        for canvas in catalogue.canvases(row.id):
            if canvas.image and not (home.images / canvas.image).is_file():
                yield Finding(
                    "error",
                    f"The picture of canvas {canvas.n} of {row.id} is gone.",
                    "Ingest the object again.",
                )
