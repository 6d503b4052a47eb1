"""Manifests made elsewhere with our services, written to a file: by `ingest`, `harvest` and `augment`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import orjson

from auth.decision import STRANGER, Verdict
from auth.pages import decide_page
from auth.rules import Rules
from lectern.catalogue import Catalogue
from lectern.errors import InputError
from lectern.iiif_json import id_of
from lectern.settings import Settings
from services.context import Context
from services.presentation.augment import Augmented, Images, augment
from services.presentation.foreign import canvases_of
from services.presentation.showing import shown_book

STDOUT = "-"


def _in_a_folder(_: click.Context, parameter: click.Parameter, target: Path | None) -> Path | None:
    """Return the file to write; raises BadParameter before any work where its folder is not there."""
    if target is not None and str(target) != STDOUT and not target.absolute().parent.is_dir():
        raise click.BadParameter(f"There is no folder {target.parent}: make it first.", param=parameter)
    return target


AUGMENT = click.option(
    "--augment",
    type=click.Path(path_type=Path, allow_dash=True),
    callback=_in_a_folder,
    help="Write the manifest with our search and access services to a file, or (-) to standard output.",
)
IMAGES = click.option(
    "--images",
    type=click.Choice([each.value for each in Images]),
    default=Images.AUTO.value,
    show_default=True,
    help="--augment: whose image services it names. auto: ours for restricted pages whose pictures we have; ours: for "
    "all that we have; theirs: for none, their server asks for our verdict.",
)


def augmented(settings: Settings, catalogue: Catalogue, object_id: str, document: Any, images: str) -> Augmented:
    """Return a manifest with our services, with the doors that policies.toml has for the object just now.

    Raises NotFound for an unknown object, InputError where the manifest's canvases are none of the object's.
    """
    context = Context(settings)
    row = catalogue.get(object_id)
    canvases = catalogue.canvases(row.id)
    when = context.clock()

    def judge(rules: Rules, n: int | None) -> Verdict:
        return decide_page(rules, n, STRANGER, None, when)

    shown = shown_book(context, row, canvases, context.written_policies().rules(row.id, row.policy), judge, when=when)
    if not {id_of(each) for each in canvases_of(document)} & {shown.canvas_id(each) for each in canvases}:
        raise InputError(
            f"The canvases of {row.id} are none of this manifest's.",
            "Ingest the object with --manifest, so that its pages are the manifest's canvases.",
        )
    return augment(document, shown, Images(images))


def write_augmented(settings: Settings, found: Augmented, target: Path, say: Callable[[str], None]) -> None:
    """Write a manifest to a file, whole or not at all, or to standard output; what its operator has to know is said.

    That its addresses lead nowhere, since nobody chose a public URL, is said on standard error whatever `say` does.

    Raises InputError for one with values that no JSON can hold.
    """
    try:
        written = orjson.dumps(found.document, option=orjson.OPT_INDENT_2)
    except TypeError as error:
        raise InputError(f"The manifest cannot be written: {error}.", "Tell its publisher.") from error
    with click.open_file(str(target), "wb", atomic=str(target) != STDOUT) as file:
        file.write(written + b"\n")
    for trap, message in found.doubts:
        say(f"  warning: {trap}: {message}")
    if not settings.public_url:
        told = f"its services are at {settings.base_url}, which nobody else reaches: set LECTERN_PUBLIC_URL."
        click.echo(f"  warning: {told}", err=True)
