"""What whoever asks for an ingest says of the object."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ingest.leaves import Reduced
from ingest.manifest import ForeignManifest
from ingest.pictures_at import PicturesAt
from ingest.traps import MAX_FILE_BYTES
from lectern.catalogue import ObjectRow


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see an object: its policy's name, and the tier that all others see, None if there is none."""

    policy: str
    reduced: Reduced | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is said of the object; what is not said comes from its object.json, or stays as it was.

    `reduced` is the tier that its policy shows to those who are not let in, None if there is none.
    `largest` is the most bytes that a file of OCR may have.
    `keep_originals` puts the pictures into the home as they came, beside their pyramids.
    `access` tells policy and tier where the object may keep those it has: it is asked when the object is held for
    writing, so that a policy which another process sets meanwhile is not undone.
    `folds` and `stems` choose how its text is searched (`search.analysis`); None keeps what it has.
    `pictures` says at which source the pictures lie, where they do not lie in the folder.
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
    access: Callable[[ObjectRow | None], Access] | None = None
    folds: tuple[str, ...] | None = None
    stems: tuple[str, ...] | None = None
    pictures: PicturesAt | None = None

    def settled(self, before: ObjectRow | None) -> "Wishes":
        """Return the wishes with the policy that counts for an object which is published as `before` says."""
        if self.access is None:
            return self
        found = self.access(before)
        return replace(self, policy=found.policy, reduced=found.reduced, access=None)
