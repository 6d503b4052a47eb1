"""The files of a static copy: written into a folder beside, which takes its place when everything is in it."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from image.level0 import Level0, files_of, info0
from image.pyramid import TILE, ensure_reduced
from image.render import render
from image.stored import open_pyramid
from ingest.progress import Progress
from lectern.errors import InputError, StoreUnavailable
from lectern.picture_sources import parse_reference
from services.context import Context
from services.presentation.lines import annotation_page, text_lines
from services.presentation.model import THUMBNAIL_HEIGHT, THUMBNAIL_WIDTH, Json
from services.tiles.manifest import MANIFEST, Place, image_path, manifest, scaled, scaled_line, text_path
from services.tiles.shown import Copy, Shown

_OURS = frozenset({MANIFEST, "images", "text"})


@dataclass(frozen=True, slots=True)
class Written:
    """How many files a copy has, and how many bytes they hold."""

    files: int
    bytes: int


class Folder:
    """A folder that files are written into, and counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = self.bytes = 0

    def write(self, name: str, data: bytes) -> None:
        """Write one file, in folders that are made for it; raises OSError."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.files, self.bytes = self.files + 1, self.bytes + len(data)


def write_copy(
    context: Context,
    copy: Copy,
    place: Place,
    target: Path,
    *,
    jobs: int,
    force: bool,
    progress: Progress,
    still_so: Callable[[], bool],
) -> Written:
    """Return what was written to `target`: pictures, lines and manifest, all of them or nothing.

    `still_so` is asked at the end whether the copy is still what may be shown. Raises InputError for a target that is
    there (but for an earlier copy, with `force`) and for a copy that is not so any more, StoreUnavailable for pictures
    that cannot be read and for a disk that cannot be written.
    """
    check_target(target, force=force)
    try:
        with _beside(target) as folder:
            written = _write_all(context, copy, place, folder, jobs=jobs, progress=progress)
            if not still_so():
                raise InputError(
                    "The object or its policies changed while the copy was written, so nothing was kept.",
                    "Run the command again.",
                )
            _put_in_place(folder, target)
    except OSError as error:
        raise StoreUnavailable(
            f"The copy cannot be written to {target}: {error.strerror or error}.",
            "Make room on the disk, or choose another folder, and run the command again; nothing was kept of it.",
        ) from error
    return written


def check_target(target: Path, *, force: bool) -> None:
    """Raise InputError unless a copy may be put at `target`: what is there and no copy is never replaced."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    ours = target.is_dir() and (target / MANIFEST).is_file() and {each.name for each in target.iterdir()} <= _OURS
    if not ours:
        raise InputError(f"{target} is there already, and is no copy that was written here.", "Name another folder.")
    if not force:
        raise InputError(f"{target} holds a copy already.", "Name another folder, or replace it with --force.")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Return a new folder beside the target; whatever is left of it in the end goes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.with_name(f".{target.name}.unfinished-{secrets.token_hex(4)}")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename the finished folder; an earlier copy goes once the new one is there."""
    if not target.exists() or not any(target.iterdir()):
        folder.replace(target)
        return
    before = folder.with_name(f"{folder.name}-before")
    target.replace(before)
    try:
        folder.replace(target)
    except OSError:
        before.replace(target)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _write_all(context: Context, copy: Copy, place: Place, path: Path, *, jobs: int, progress: Progress) -> Written:
    folder = Folder(path)
    pictures: dict[int, Level0] = {}
    parts = [folder]
    progress.begin(copy.book.row.id, len(copy.shown))
    try:
        with ThreadPoolExecutor(jobs) as workers:
            pages = [workers.submit(_write_picture, context, shown, place, path) for shown in copy.shown]
            try:
                for page in as_completed(pages):
                    n, pictures[n], part = page.result()
                    parts.append(part)
                    progress.step()
            except BaseException:
                _call_off(pages)
                raise
        _write_texts(context, copy, pictures, place, folder)
        folder.write(MANIFEST, _json(manifest(copy, pictures, place)))
    finally:
        progress.end()
    return Written(sum(part.files for part in parts), sum(part.bytes for part in parts))


def _call_off(pages: "list[Future[tuple[int, Level0, Folder]]]") -> None:
    for page in pages:
        page.cancel()


def _write_picture(context: Context, shown: Shown, place: Place, path: Path) -> tuple[int, Level0, Folder]:
    """Return a page's number and how its picture is announced, after writing its tiles, and info.json last."""
    raster, picture = _picture(context, shown)
    service = image_path(shown)
    folder = Folder(path)
    for names, request in files_of(picture, place.version):
        data = render(request, raster)
        for name in names:
            folder.write(f"{service}/{name}", data)
    folder.write(f"{service}/info.json", _json(info0(place.url(service), picture, place.version)))
    return shown.canvas.n, picture, folder


def _picture(context: Context, shown: Shown) -> tuple[Path, Level0]:
    """Return the one file that a page is rendered from, for a reduced page its reduced raster (TH-62), and its size.

    A reduced picture is announced as large as it is: enlarged tiles would be files without anything in them.
    """
    canvas = shown.canvas
    source, rule = parse_reference(canvas.image), shown.reduced
    path = context.borrowed.get(source).path if source else context.home.images / (canvas.image or "")
    size = canvas.width, canvas.height
    if rule is not None:
        path = ensure_reduced(path, rule.tier, rule.max_scale, rule.watermark)
    raster = open_pyramid(path)
    if rule is not None:
        size = raster.width, raster.height
    limit = max(context.settings.max_pixels, TILE * TILE)
    return path, Level0(*size, raster.tile, limit, (THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT))


def _write_texts(context: Context, copy: Copy, pictures: dict[int, Level0], place: Place, folder: Folder) -> None:
    """Write the lines of the pages whose text everybody may read (TH-78)."""
    if not copy.with_text:
        return
    row, shown = copy.book.row, {page.canvas.n: page for page in copy.shown}
    handle = context.library.open(row)
    canvases = [canvas for canvas in copy.book.canvases if canvas.n in copy.with_text]
    known = [canvas.n for canvas in canvases if canvas.n <= handle.pages]
    words = dict(zip(known, handle.pages_in_turn(known), strict=True))
    for canvas in canvases:
        page = shown.get(canvas.n)
        here = scaled(page, canvas, pictures.get(canvas.n))
        lines = text_lines(row, words[canvas.n]) if canvas.n in words else []
        lines = [scaled_line(line, canvas, here) for line in lines]
        name = text_path(canvas.n)
        folder.write(name, _json(annotation_page(place.url(name), here, place.canvas_id(canvas, page), lines)))


def _json(document: Json) -> bytes:
    return orjson.dumps(document)


def processors() -> int:
    """Return how many threads can work at once here."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
