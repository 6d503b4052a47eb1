"""`lectern check`: everything that is wrong or doubtful in a home, at once, each with a hint."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from auth.policies import Policies, load_policies
from lectern.errors import LecternError
from lectern.pack import PackFile
from services.context import Context

_SHORT_SECRET = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (error) or to think about (warning)."""

    level: Literal["error", "warning"]
    detail: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain values."""
        return asdict(self)


def findings(context: Context) -> list[Finding]:
    """Return all findings of an installation, errors first."""
    found = [*_of_settings(context), *_of_home(context)]
    return sorted(found, key=lambda finding: finding.level)


def _of_settings(context: Context) -> Iterator[Finding]:
    settings = context.settings
    if not settings.sign_in_possible:
        yield Finding(
            "warning",
            f"Nobody can sign in at {settings.base_url}: browsers keep our cookies over https only.",
            "Set LECTERN_PUBLIC_URL to an https address, or to http://localhost for a trial.",
        )
    if settings.verify_secret and len(settings.verify_secret) < _SHORT_SECRET:
        yield Finding(
            "error",
            f"LECTERN_VERIFY_SECRET has fewer than {_SHORT_SECRET} characters.",
            "Make a long random one, for example with `openssl rand -hex 32`.",
        )


def _of_home(context: Context) -> Iterator[Finding]:
    try:
        context.home.prepare()
        policies = load_policies(context.home.policies_file)
        yield from _of_policies(policies)
        yield from _of_objects(context, policies)
    except LecternError as error:
        yield Finding("error", error.detail, error.remedy)


def _of_policies(policies: Policies) -> Iterator[Finding]:
    for name in sorted(policies.names):
        if policies.get(name).search == "boxes":
            yield Finding(
                "warning",
                f'Policy {name} has search = "boxes": patient asking rebuilds much of a text from boxes.',
                'Use search = "none" for what must stay secret.',
            )


def _of_objects(context: Context, policies: Policies) -> Iterator[Finding]:
    for row in context.catalogue.objects():
        if row.policy not in policies.names:
            yield Finding(
                "error",
                f"The object {row.id} is under the policy {row.policy}, which there is not: it is closed to everyone.",
                "Write the policy into policies.toml, or ingest the object under another.",
            )
        try:
            PackFile(context.home.pack_file(row.id, row.generation))
        except LecternError as error:
            yield Finding("error", f"The object {row.id}: {error.detail}", error.remedy)
        for canvas in context.catalogue.canvases(row.id):
            if canvas.image and not (context.home.images / canvas.image).is_file():
                yield Finding(
                    "error",
                    f"The picture of canvas {canvas.n} of {row.id} is gone.",
                    "Ingest the object again.",
                )
