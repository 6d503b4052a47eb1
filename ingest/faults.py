"""What `lectern verify` may find, each kind by a name that stays, with what to do about it. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

_AGAIN = "Bring it back from a backup, or ingest the object again."
_MEND = "`lectern verify --mend` does it."


class Mend(StrEnum):
    """How a fault is mended."""

    REINDEX = "reindex"  # make the pack anew from the words that it holds
    LOAD = "load"  # load the pack into the cluster
    DRAW = "draw"  # make the pyramid anew from the original
    REMOVE = "remove"  # remove a file that nothing needs
    CLOSE = "close"  # take rights from others
    SETTLE = "settle"  # have the cluster do what waits


class Kind(StrEnum):
    """The names of faults; a public contract (docs/keeping.md)."""

    STORE_TORN = "store-torn"
    HOME_OPEN = "home-open"
    SECRET_OPEN = "secret-open"
    PENDING = "pending"
    PACK_MISSING = "pack-missing"
    PACK_TORN = "pack-torn"
    WORDS_SPOILT = "words-spoilt"
    WORDS_DISAGREE = "words-disagree"
    BOX_OUTSIDE = "box-outside"
    COUNTS_DIFFER = "counts-differ"
    INDEX_SPOILT = "index-spoilt"
    INDEX_MISSING = "index-missing"
    INDEX_UNSIGNED = "index-unsigned"
    CLUSTER_LACKS = "cluster-lacks"
    PICTURE_MISSING = "picture-missing"
    PICTURE_TORN = "picture-torn"
    PICTURE_SIZE = "picture-size"
    REDUCED_TORN = "reduced-torn"
    MANIFEST_TORN = "manifest-torn"
    LEFT_PACK = "left-pack"
    LEFT_PICTURE = "left-picture"
    LEFT_PART = "left-part"


LEFT = frozenset({Kind.LEFT_PACK, Kind.LEFT_PICTURE, Kind.LEFT_PART})  # takes room, and does no harm

REMEDIES = {
    Kind.STORE_TORN: "Stop Lectern, and bring the home back from a backup (docs/keeping.md).",
    Kind.HOME_OPEN: f"Take the rights of others away: {_MEND}",
    Kind.SECRET_OPEN: f"Take the rights of others away: {_MEND} Rotate keys and change secrets if others had a look.",
    Kind.PENDING: f"Have the cluster do it: {_MEND}",
    Kind.PACK_MISSING: _AGAIN,
    Kind.PACK_TORN: _AGAIN,
    Kind.WORDS_SPOILT: _AGAIN,
    Kind.WORDS_DISAGREE: _AGAIN,
    Kind.BOX_OUTSIDE: "Ingest the object again.",
    Kind.COUNTS_DIFFER: _AGAIN,
    Kind.INDEX_SPOILT: f"Make it anew from the words: {_MEND}",
    Kind.INDEX_MISSING: f"Make it from the words: {_MEND}",
    Kind.INDEX_UNSIGNED: f"Make it anew from the words: {_MEND}",
    Kind.CLUSTER_LACKS: f"Load it from its pack: {_MEND} Without a pack, ingest the object again.",
    Kind.PICTURE_MISSING: f"Where originals are kept, {_MEND} Else {_AGAIN[0].lower()}{_AGAIN[1:]}",
    Kind.PICTURE_TORN: f"Where originals are kept, {_MEND} Else {_AGAIN[0].lower()}{_AGAIN[1:]}",
    Kind.PICTURE_SIZE: f"Where originals are kept, {_MEND} Else {_AGAIN[0].lower()}{_AGAIN[1:]}",
    Kind.REDUCED_TORN: f"Remove it, it is made again: {_MEND}",
    Kind.MANIFEST_TORN: "Bring it back from a backup, or harvest or ingest the object again.",
    Kind.LEFT_PACK: f"Remove it: {_MEND}",
    Kind.LEFT_PICTURE: f"Remove it: {_MEND}",
    Kind.LEFT_PART: f"Remove it: {_MEND}",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be. `page` is a canvas' number; `outcome` says what became of its mending."""

    kind: Kind
    detail: str
    object: str = ""
    page: int | None = None
    mend: Mend | None = None
    path: Path | None = None
    mended: bool = False
    outcome: str = ""

    @property
    def remedy(self) -> str:
        """Return what to do."""
        return REMEDIES[self.kind]

    @property
    def matters(self) -> bool:
        """Return whether something is wrong still: what is only left over does no harm."""
        return not self.mended and self.kind not in LEFT

    def done(self) -> "Fault":
        """Return it as mended."""
        return replace(self, mended=True)

    def stays(self, why: str) -> "Fault":
        """Return it with the reason why it could not be mended."""
        return replace(self, outcome=why)
