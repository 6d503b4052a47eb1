"""`lectern check`: everything that is wrong or doubtful in a home, at once, each with a hint."""

import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from auth.doubts import override_doubts, policy_doubts
from auth.origins import foreign_origins
from auth.policies import Policies, load_policies
from auth.wording import load_words
from lectern.catalogue import Catalogue
from lectern.errors import ConfigurationError, LecternError
from lectern.home import Home
from lectern.pack import PackFile
from lectern.settings import Settings, home_at, load_settings
from services.checking_providers import provider_troubles
from services.secrecy import weak_secrets

CROSS_SITE = (
    "LECTERN_CROSS_SITE is set: cookies are SameSite=None, and a sign-in from a viewer on another site works only in "
    "browsers that allow third-party cookies, which few do as they come.",
    "Serve the viewer from this site if you can, and take the setting out; docs/browsers.md has the table.",
)
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

    With `online` the providers that readers sign in at are asked what they say of themselves.
    """
    return sorted(_all(home, online=online), key=lambda finding: finding.level)


def _all(home: Path | None, *, online: bool) -> Iterator[Finding]:
    files, institution, providers = home_at(home), "", None
    try:
        settings = load_settings(home)
    except ConfigurationError as error:
        yield from _errors(error)
    else:
        institution, providers = settings.institution, settings.providers.keys()
        yield from _of_settings(settings)
        for detail, remedy in provider_troubles(settings, online=online):
            yield Finding("error", detail, remedy)
    yield from _of_folder(files)
    yield from _of_words(files)
    policies = None
    try:
        policies = load_policies(files.policies_file, institution, providers)
        yield from _of_policies(policies)
    except ConfigurationError as error:
        yield from _errors(error)
    if files.catalogue_file.is_file():
        catalogue = Catalogue(files)
        try:
            yield from _of_objects(files, catalogue, policies)
            if policies is not None:
                yield from _of_overrides(policies, catalogue)
        except LecternError as error:
            yield Finding("error", error.detail, error.remedy)
        finally:
            catalogue.close()
    elif policies is not None:
        yield from _of_overrides(policies, None)


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
    if settings.cross_site:
        yield Finding("warning", *CROSS_SITE)
    for origin in sorted(foreign_origins(settings.allowed_origins, settings.base_url)):
        if not settings.cross_site:
            yield Finding(
                "warning",
                f"LECTERN_ALLOWED_ORIGINS has {origin}, which seems to be on another site than {settings.base_url}: "
                "no browser sends our cookie from there, so its readers cannot sign in.",
                "Serve the viewer from this site, or set LECTERN_CROSS_SITE=true and read docs/browsers.md.",
            )
    if settings.capability_urls:
        yield Finding(
            "warning",
            "LECTERN_CAPABILITY_URLS is set: whoever has an image URL that carries its own permission sees that image "
            f"from anywhere, for {settings.capability_life} seconds at most and while its reader is signed in.",
            "Leave it on for viewers that send no cookies with tiles, else take it out; docs/capability.md has its "
            "limits, and LECTERN_CAPABILITY_LIFE makes it shorter.",
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
    for detail, remedy in policy_doubts(policies):
        yield Finding("warning", detail, remedy)


def _of_overrides(policies: Policies, catalogue: Catalogue | None) -> Iterator[Finding]:
    pages = {row.id: row.pages for row in catalogue.objects()} if catalogue else {}
    for detail, remedy in override_doubts(policies, pages):
        yield Finding("warning", detail, remedy)


def _of_objects(home: Home, catalogue: Catalogue, policies: Policies | None) -> Iterator[Finding]:
    for row in catalogue.objects():
        override = policies.overrides.get(row.id) if policies else None
        if policies is not None and row.policy not in policies.names and not (override and override.policy):
            yield Finding(
                "error",
                f"The object {row.id} is under the policy {row.policy}, which there is not: it is closed to everyone.",
                "Write the policy into policies.toml, or choose another with `lectern policy set OBJECT NAME`.",
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
