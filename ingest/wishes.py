"""What whoever asks for an ingest says of the object."""

from dataclasses import dataclass

from ingest.leaves import Reduced
from ingest.manifest import ForeignManifest
from ingest.traps import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is said of the object; what is not said comes from its object.json, or stays as it was.

    `reduced` is the tier that its policy shows to those who are not let in, None if there is none.
    `largest` is the most bytes that a file of OCR may have.
    `keep_originals` puts the pictures into the home as they came, beside their pyramids.
    `manifest` was made elsewhere: the object's pages are its canvases, with their ids, labels and sizes.
    """

    name: str | None = None
    label: str | None = None
    policy: str = "open"
    collections: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    reduced: Reduced | None = None
    jobs: int | None = None
    manifest: ForeignManifest | None = None
    largest: int = MAX_FILE_BYTES
    keep_originals: bool = False
