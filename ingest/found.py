"""The files of one object, sorted by what they are."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from ingest.archives import Unpacker
from ingest.bounds import Bounds
from ingest.description import Said
from ingest.distant import Distant
from ingest.matching import Leaf
from ingest.mets import Mets
from ingest.mets_structure import Section
from ingest.sniff import Kind
from lectern.catalogue import LedgerEntry


@dataclass(frozen=True, slots=True)
class AnnotationSource:
    """A document of annotations: a file, or what a manifest holds; `canvas` is the id of the one that links to it."""

    name: str
    content: Path | bytes
    canvas: str = ""


@dataclass(slots=True)
class Survey:
    """The files of one object.

    `leaves` are given where it is known already which file is which canvas: then nothing is matched. `pages` are
    those that a METS file tells of, with its structure in their numbers. `picture_pages` says which images of a picture
    file are pages, where it is not the first only; `distant` are those of `images` that stay at a source. `annotations`
    are those files of which some are not the pages' text.
    """

    name: str
    images: list[Path] = field(default_factory=list)
    ocr: dict[Path, Kind] = field(default_factory=dict)
    pdfs: list[Path] = field(default_factory=list)
    picture_pages: dict[Path, tuple[int, ...]] = field(default_factory=dict)
    distant: dict[Path, Distant] = field(default_factory=dict)
    mets: Mets = field(default_factory=Mets)
    mets_files: dict[Path, Mets] = field(default_factory=dict)
    pages: tuple[Leaf, ...] = ()
    sections: tuple[Section, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    annotations: list[AnnotationSource] = field(default_factory=list)
    description: Said = field(default_factory=Said)
    notes: list[LedgerEntry] = field(default_factory=list)
    bounds: Bounds = field(default_factory=Bounds)
    unpacker: Unpacker | None = None  # without one, archives are left out
    others: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
