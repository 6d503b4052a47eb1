"""The pictures of a PDF, made as the image service makes them and within its limits; it waits for its turn (TH-71)."""

import time
from collections.abc import Callable
from io import BytesIO

import structlog
from PIL import Image, UnidentifiedImageError

from auth.budget import payer
from image.geometry import inside
from image.request import Parts, parse_request
from lectern.errors import LecternError, Overloaded
from lectern.ids import ImageId
from services.asker import Asker
from services.context import Context
from services.image.making import Making, made_of
from services.image.resource import Resource, Resources
from services.presentation.pdf.file import Picture

_PATIENCE = 60.0  # seconds that a page waits for its turn
_PAUSE = 0.5
_REMEMBERED = 600.0  # seconds for which a picture that could not be had makes files that nobody keeps
_MOST_REMEMBERED = 10_000

_log = structlog.get_logger("lectern.presentation")


class Pictures:
    """Gives the pictures of pages, reduced to `settings.pdf_side` pixels a side at most."""

    def __init__(self, context: Context, pause: Callable[[float], object] = time.sleep) -> None:
        self._context = context
        self._side = context.settings.pdf_side
        self._resources = Resources(context)
        self._making = Making(context)
        self._pause = pause
        self._failures: dict[ImageId, float] = {}

    def failed(self, image: ImageId) -> bool:
        """Return whether a picture could not be had in the last minutes, and nobody had it since."""
        return time.monotonic() - self._failures.get(image, -_REMEMBERED) < _REMEMBERED

    def get(self, image: ImageId, asker: Asker) -> Picture | None:
        """Return the picture of a page, or of the tier of one, that the asker may see.

        None for a picture that cannot be had, which the log tells. Raises Overloaded after a minute without a turn.
        """
        picture = self._patiently(image, asker)
        if picture is not None:
            self._failures.pop(image, None)
            return picture
        if len(self._failures) >= _MOST_REMEMBERED:
            self._failures.clear()
        self._failures[image] = time.monotonic()
        return None

    def _patiently(self, image: ImageId, asker: Asker) -> Picture | None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._got(image, asker)
            except Overloaded:
                if time.monotonic() >= end:
                    raise
                self._pause(_PAUSE)
            except LecternError as error:
                _log.warning("a page of a PDF has no picture", image=str(image), reason=str(error))
                return None

    def _got(self, image: ImageId, asker: Asker) -> Picture | None:
        self._keep_pace(asker)
        found = self._resources.named(image, asker)
        whole = found.canvas.width, found.canvas.height
        size = inside((self._side, self._side), found.raster_size)
        if found.canvas.image is None and image.tier is None:
            return _picture(found.elsewhere.jpeg(image, inside(size, whole)))
        return _picture(self._made(found.here(), size, asker))

    def _made(self, found: Resource, size: tuple[int, int], asker: Asker) -> bytes:
        whole = {"width": found.canvas.width, "height": found.canvas.height, "max_pixels": found.max_pixels}
        wanted = parse_request(2, Parts("full", f"{size[0]},{size[1]}", "0", "default.jpg"), **whole)
        # Not kept: a book's pages would push out what all readers ask for.
        return self._making.bytes_of(made_of(found, 2, wanted), wanted, found, payer(asker.where), keep=False)

    def _keep_pace(self, asker: Asker) -> None:
        """Count a picture as a tile of who asks; raises Overloaded if he has had enough for this second."""
        paying = asker.payer
        if paying is not None and not self._context.pace.tile(paying):
            raise Overloaded("One reader gets fewer tiles in a second.", "Ask again in some seconds.")


def _picture(data: bytes) -> Picture | None:
    """Return a JPEG with what its head says; None for what a page cannot show as it is."""
    try:
        with Image.open(BytesIO(data)) as image:
            if image.format != "JPEG" or image.mode not in {"L", "RGB"}:
                return None
            return Picture(data, image.width, image.height, grey=image.mode == "L")
    except (UnidentifiedImageError, OSError):
        return None
