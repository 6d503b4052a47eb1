"""How the bytes of an image come about: as they are stored, as they were kept, else made, in turn and once (TH-71)."""

from hashlib import sha256

import structlog

from image.cost import cost_of, cost_of_whole
from image.derivatives import Derivatives
from image.render import made
from image.request import ImageRequest
from image.stored import Pyramid, open_pyramid, stored_tile
from lectern import __version__
from lectern.spans import step
from lectern.urls import ImageVersion
from services.context import Context
from services.image.admission import TooManyLarge
from services.image.asked_before import AskedBefore
from services.image.resource import Resource
from services.measures import Count, Size

_DAY = 86_400

_ANSWERS = Count("lectern_images_total", "Images answered, by how: stored, kept, made, or shared.", ["way"])
_REFUSED = Count("lectern_images_refused_total", "Images refused because too many large ones were being made.")
_KEPT_BYTES = Size("lectern_derivatives_bytes", "Bytes of kept images on disk.")

_log = structlog.get_logger("lectern.image")


class Making:
    """Makes images in one worker process, and keeps those that are worth it for all."""

    def __init__(self, context: Context) -> None:
        settings = context.settings
        days = settings.derivatives_days
        self._kept = Derivatives(context.home.derivatives, settings.derivatives_bytes, days * _DAY, told=_told)
        self._asked = AskedBefore()
        self._admission = context.admission

    def bytes_of(self, key: str, wanted: ImageRequest, found: Resource, payer: str, *, keep: bool = True) -> bytes:
        """Return an image of a resource for a payer who may see it; `key` is a digest of all it is a function of.

        What is worth it is kept for others, if `keep`.

        Raises StoreUnavailable when its file cannot be read, TooManyLarge when it is large and too many are being
        made, Overloaded when it is small and takes too long all the same.
        """
        try:
            answer, way = self._answer(key, wanted, found, payer, keep)
        except TooManyLarge:
            _REFUSED.note()
            raise
        _ANSWERS.note(way)
        return answer

    def _answer(self, key: str, wanted: ImageRequest, found: Resource, payer: str, keep: bool) -> tuple[bytes, str]:
        """Return an image, and how it came about."""
        pyramid = self._tiled(wanted, found, payer)
        stored = None if pyramid is None else stored_tile(pyramid, wanted)
        if stored is not None:
            return stored, "stored"
        cost = cost_of(wanted, found.raster_size)
        # One client could ask for other parts of pages for ever, and all that is kept for the others would go.
        worth_keeping = keep and cost.worth_keeping and (is_whole(wanted) or self._asked.seen(key))
        kept = self._kept.get(found.image.object, key) if cost.worth_keeping else None
        if kept is not None:
            return kept, "kept"
        if pyramid is None:
            self._make_raster(found, payer)
        way = "shared"

        def make() -> bytes:
            nonlocal way
            # Another process may have made it while this one waited.
            meanwhile = self._kept.get(found.image.object, key) if cost.large else None
            way = "made" if meanwhile is None else "kept"
            if meanwhile is not None:
                return meanwhile
            with step("image.render", format=wanted.format, large=cost.large):
                answer = made(wanted, pyramid or open_pyramid(found.raster_file()))
            if worth_keeping:
                self._kept.keep(found.image.object, key, answer)
                _KEPT_BYTES.note(self._kept.size)
            return answer

        return self._admission.made(key, payer, cost, make), way

    def _tiled(self, wanted: ImageRequest, found: Resource, payer: str) -> Pyramid | None:
        """Return the open file of which a tile may be asked for as it is stored; None for all else, unopened.

        Raises StoreUnavailable.
        """
        width, height = wanted.size
        if width != height or wanted.format != "jpg":
            return None
        self._make_raster(found, payer)
        return open_pyramid(found.raster_file())

    def _make_raster(self, found: Resource, payer: str) -> None:
        """Make the file that a tier is rendered from where it is not there: in turn, and once in this process.

        Never while an image holds a place: that would wait for itself.
        """

        def make() -> bytes:
            found.raster_file()  # looks once more: another may have made it while this one waited
            return b""

        if found.raster_to_make:
            whole = found.canvas.width, found.canvas.height
            self._admission.made(f"raster {found.edition}", payer, cost_of_whole(whole, found.raster_size), make)


def made_of(found: Resource, version: ImageVersion, wanted: ImageRequest) -> str:
    """Return the digest of all that an image is a function of: equal digests, equal bytes."""
    # The size too: what the canonical `max` is changes with the setting of the largest image.
    told = f"{__version__} {version} {found.edition} {wanted.canonical} {wanted.size}"
    return sha256(told.encode()).hexdigest()[:32]


def is_whole(wanted: ImageRequest) -> bool:
    """Return whether the whole picture is asked for: thumbnails and full pages, which all readers ask for alike."""
    return wanted.region == (0, 0, *wanted.full)


def _told(error: OSError) -> None:
    _log.warning(
        "images are not kept",
        reason=error.strerror or str(error),
        hint="They are made anew for each who asks. Make room on the disk of the home, check who may write to its "
        "folder cache, or set LECTERN_DERIVATIVES_BYTES=0.",
    )
