"""Where an object's page opens it, and the frame that others put our viewer into. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from lectern.catalogue import CanvasRow
from lectern.urls import Urls
from services.portal import content_state
from services.portal.content_state import Box

_ALLOW = ' allow="fullscreen; clipboard-write"'


@dataclass(frozen=True, slots=True)
class Opening:
    """A place in an object: its canvas by id and number (from 1), a box on it, and the state that names it anew."""

    canvas: str
    n: int
    box: Box | None
    state: str


def opening(text: str, object_id: str, canvases: Sequence[CanvasRow], urls: Urls) -> Opening | None:
    """Return the place that a content state, as it stands in a link, names among an object's canvases.

    None if it names no canvas of this object, or is of another manifest. A box that is not on the canvas is left out.
    """
    state = content_state.read(text, urls.base)
    ours = {urls.manifest(object_id, 3), urls.manifest(object_id, 2)}
    if state is None or not state.canvas or state.manifest not in ours:
        return None
    for row in canvases:
        if urls.absolute(row.canvas) == state.canvas:
            box = state.box if state.box and state.box[0] < row.width and state.box[1] < row.height else None
            target = f"{state.canvas}#xywh={','.join(map(str, box))}" if box else state.canvas
            return Opening(state.canvas, row.n, box, content_state.build(state.manifest, target))
    return None


def starting(n: int | None, object_id: str, canvases: Sequence[CanvasRow], urls: Urls) -> Opening | None:
    """Return the canvas that an object says to open first, by number (from 1); None if it says none or has it not."""
    row = next((row for row in canvases if row.n == n), None)
    if row is None:
        return None
    canvas = urls.absolute(row.canvas)
    return Opening(canvas, row.n, None, content_state.build(urls.manifest(object_id, 3), canvas))


def embedding(reader: str, title: str) -> str:
    """Return the HTML that puts our viewer, opened at an object, into a page of somebody else."""
    source, name = escape(f"{reader}?embed=1"), escape(title)
    return f'<iframe src="{source}" title="{name}" width="800" height="600" loading="lazy"{_ALLOW}></iframe>'
