"""What `lectern check --online` tells of the sources of pictures: whether each lets itself be asked."""

from collections.abc import Iterator

from image.origin import OriginGone
from lectern.errors import LecternError
from lectern.picture_sources import PictureSource, S3Source
from lectern.settings import Settings
from services.faults import Fault

_NO_PICTURE = "lectern-check"  # a name that no picture has: an answer that it is not there is a good one


def source_troubles(settings: Settings) -> Iterator[Fault]:
    """Yield why a source cannot be asked. Asking waits at most some seconds for each, and sends what opens it only."""
    for name, source in sorted(settings.sources.items()):
        try:
            _ask(name, source, settings.contact)
        except OriginGone:
            continue
        except LecternError as error:
            detail = error.detail if f"source {name} " in error.detail else f"Source {name}: {error.detail}"
            yield detail, error.remedy


def _ask(name: str, source: PictureSource, contact: str) -> None:
    """Return if a source answers; raises LecternError."""
    from ingest.remote import Remote
    from ingest.s3 import keys_below

    if isinstance(source, S3Source):
        next(keys_below(name, source, ""), None)
    Remote(name, source, contact).head(_NO_PICTURE, 1)
