"""`lectern harvest`: manifests and OCR that lie on other servers; and manifests given with `ingest --manifest`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from lectern.errors import ExitCode, LecternError
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from lectern.urls import Urls
from services.completing import complete_policies
from services.exits import exit_statuses
from services.ingesting import open_catalogue, policy_for
from services.options import JSON, Manner
from services.progress import progress_for
from services.reporting import report

if TYPE_CHECKING:
    from ingest.fetching import Fetcher
    from ingest.harvest import Harvest


@click.command(epilog=exit_statuses(ExitCode.PAGES_FAILED, ExitCode.INPUT, ExitCode.UNAVAILABLE, ExitCode.INTERRUPTED))
@click.argument("url", metavar="URL")
@click.option("--object", "object_id", metavar="ID", help="The object's id; default one made of the address.")
@click.option("--label", help="The object's title; default the manifest's.")
@click.option(
    "--policy",
    metavar="NAME",
    help="Who may see it; default the policy it has, else `open`.",
    shell_complete=complete_policies,
)
@click.option("--collection", "collections", metavar="ID", multiple=True, help="A collection; may be repeated.")
@click.option("--allow-host", "hosts", metavar="HOST", multiple=True, help="Fetch only from this host; repeatable.")
@click.option("--allow-private", is_flag=True, help="Fetch from private and loopback addresses too.")
@click.option("--max-bytes", type=click.IntRange(1), default=64 * 1024**2, show_default=True, help="Largest file.")
@click.option("--augment", type=click.Path(path_type=Path, allow_dash=True), help="Write the manifest with our search.")
@JSON
@click.pass_obj
def harvest(
    settings: Settings,
    /,
    url: str,
    *,
    hosts: tuple[str, ...],
    allow_private: bool,
    max_bytes: int,
    augment: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Make the text of a manifest (or of all in a collection) searchable: its OCR is fetched, its canvases stay.

    The manifest is Presentation 2 or 3; ALTO and hOCR are found through each canvas' seeAlso, rendering,
    annotations and otherContent. A second run fetches only what changed. --augment writes the manifest as it
    came, with our search services added, to a file or (-) to standard output.
    """
    from ingest.fetching import Fetcher, Limits
    from ingest.harvest import harvested_before, manifests_at

    fetcher = Fetcher(
        Limits(file_bytes=max_bytes, hosts=frozenset(host.lower() for host in hosts), private=allow_private)
    )
    settings.files.prepare()
    known = harvested_before(settings.files, options["object_id"] or url, url)
    addresses = [url] if known else list(manifests_at(fetcher, url))
    if len(addresses) != 1 and (options["object_id"] or options["label"] or augment):
        raise click.UsageError("--object, --label and --augment are for one manifest; this is a collection.")
    failed: list[LecternError] = []
    broken_pages = False
    for address in addresses:
        try:
            found = _harvest_one(settings, fetcher, address, **options)
        except LecternError as error:
            if len(addresses) == 1:
                raise
            failed.append(error)
            click.echo(f"lectern: {error}", err=True)
            continue
        broken_pages |= found.result is not None and found.result.failures > 0
        _report(settings, found, as_json, silent=augment is not None and str(augment) == "-")
        if augment is not None:
            _write_augmented(settings, found, augment)
    if failed and len(failed) == len(addresses):
        sys.exit(ExitCode.INPUT)
    if failed or broken_pages:
        sys.exit(ExitCode.PAGES_FAILED)


def _harvest_one(
    settings: Settings,
    fetcher: "Fetcher",
    url: str,
    *,
    object_id: str | None,
    label: str | None,
    policy: str | None,
    collections: tuple[str, ...],
) -> "Harvest":
    from ingest.harvest import harvest_object
    from ingest.pipeline import Wishes

    with open_catalogue(settings) as catalogue:
        name = object_id or url
        rule = policy_for(settings, policy, catalogue.find(make_object_id(name)))
        wishes = Wishes(name, label, rule.name, tuple(collections))
        return harvest_object(settings.files, catalogue, url, wishes, fetcher=fetcher, progress=progress_for(Manner()))


def _report(settings: Settings, found: "Harvest", as_json: bool, *, silent: bool) -> None:
    if found.result is not None:
        report(settings, found.result, as_json, {"fetched": found.fetched, "changed": True}, silent=silent)
        return
    if as_json and not silent:
        click.echo(orjson.dumps({"object": found.object, "fetched": found.fetched, "changed": False}).decode())
    elif not silent:
        click.echo(found.object)
    click.echo(f"{found.object}: nothing has changed.", err=True)


def _write_augmented(settings: Settings, found: "Harvest", target: Path) -> None:
    from services.presentation.augment import augment

    document = augment(found.document, found.object, Urls(settings.base_url))
    with click.open_file(str(target), "wb", atomic=str(target) != "-") as file:
        file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
