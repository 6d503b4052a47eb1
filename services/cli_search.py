"""`lectern search`: what the search service would answer, without a server."""

import click
import orjson

from lectern.errors import ExitCode, InputError
from lectern.ids import object_id as make_object_id
from lectern.settings import Settings
from lectern.urls import SearchVersion
from services.completing import complete_objects
from services.context import Context
from services.exits import exit_statuses

_VERSIONS: dict[str, SearchVersion] = {"0": 0, "1": 1, "2": 2}  # of Content Search; 0 is 0.9


@click.command(epilog=exit_statuses(ExitCode.INPUT, ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE))
@click.argument("name", metavar="OBJECT", shell_complete=complete_objects)
@click.argument("query")
@click.option("--canvas", type=click.IntRange(1), metavar="N", help="Ask this canvas of the object alone.")
@click.option("--range", "part", type=click.IntRange(1), metavar="R", help="Ask this range of the object alone.")
@click.option("--collection", is_flag=True, help="OBJECT is the name of a collection (`all` is everything).")
@click.option("--order", type=click.Choice(["reading", "rank"]), help="Order of the canvases; default reading.")
@click.option("--from", "begin", metavar="OBJECT:N", help="Go on at a canvas, as the `next` of an answer says.")
@click.option("--motivation", metavar="NAMES", help="Keep annotations with one of these motivations.")
@click.option("--date", metavar="RANGES", help="Keep annotations made in one of these ranges, TIME/TIME in UTC.")
@click.option("--user", metavar="URIS", help="Keep annotations made by one of these.")
@click.option("--suggest", is_flag=True, help="Print the words that begin like QUERY, as autocomplete does.")
@click.option("--version", type=click.Choice([*_VERSIONS]), default="1", help="Version of Content Search; 0 is 0.9.")
@click.option("--as", "reader", metavar="USER", help="Answer as this user would get it, or `stranger`.")
@click.pass_obj
def search(
    settings: Settings,
    /,
    *,
    name: str,
    query: str,
    canvas: int | None,
    part: int | None,
    collection: bool,
    begin: str | None,
    suggest: bool,
    version: str,
    reader: str | None,
    **parameters: str | None,
) -> None:
    """Print the answer that the search service would give, without a server; as the operator, unfiltered.

    QUERY is what a reader would type; put it in single quotes, for shells know `"`, `*` and `(` too, and `--` before
    OBJECT if QUERY begins with a hyphen. An empty QUERY asks for every annotation.
    """
    from services.search.direct import answer
    from services.search.scopes import Place

    if sum((canvas is not None, part is not None, collection)) > 1:
        raise InputError("--canvas, --range and --collection exclude one another.", "Give one of them.")
    if suggest and (begin or parameters["order"]):
        raise InputError("--suggest goes with neither --order nor --from.", "Suggestions are one list, by alphabet.")
    place = Place(collection=name) if collection else Place(make_object_id(name), canvas, part)
    given = {"q": query or None, "from": begin, **parameters}
    document = answer(
        Context(settings),
        place,
        [(key, value) for key, value in given.items() if value is not None],
        _VERSIONS[version],
        reader,
        suggesting=suggest,
    )
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
