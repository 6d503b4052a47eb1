"""Which image requests may be worked on at once, so that large ones never take every thread (TH-71, TH-105)."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from image.request import ImageRequest, turned
from lectern.errors import Overloaded

_LARGE = 1_000_000  # pixels; tiles and thumbnails stay below


class Admission:
    """The places for large images in one worker process: half of its threads, the rest is for everything else."""

    def __init__(self, threads: int) -> None:
        self._places = BoundedSemaphore(max(1, threads // 2))

    @contextmanager
    def place_for(self, wanted: ImageRequest) -> Iterator[None]:
        """Hold a place while an image is made; small ones need none. Raises Overloaded when all are taken."""
        w, h = turned(wanted.size, wanted.rotation)
        if w * h <= _LARGE:
            yield
            return
        if not self._places.acquire(blocking=False):
            raise Overloaded(
                "Too many large images are being made at this moment.",
                "Ask again in some seconds, or for a smaller one.",
            )
        try:
            yield
        finally:
            self._places.release()
