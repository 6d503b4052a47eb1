"""What the catalogue is told of an object: its row, its canvases, and what became of every page. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.description import Said
from ingest.languages import bcp47
from ingest.manifest import ForeignManifest
from ingest.matching import Leaf
from ingest.records import PageRecord
from ingest.wishes import Wishes
from lectern.catalogue import CanvasRow, ObjectRow, Outcome, PageState
from lectern.description import Description, LanguageMap, plain, texts_of
from lectern.home import Home
from lectern.picture_sources import parse_reference
from lectern.urls import canvas_path


@dataclass(frozen=True, slots=True)
class Told:
    """What an object is called and who may see it: by whoever asks for the ingest, its folder and its manifest."""

    id: str
    name: str
    wishes: Wishes
    said: Said

    def language_of(self, n: int) -> str | None:
        """Return the language of page `n` (from 1) where its OCR names none, None if several may be meant."""
        own = self.said.page_languages[n - 1] if n <= len(self.said.page_languages) else ()
        for languages in (own, self.wishes.languages or self.said.languages):
            if len(languages) == 1:
                return languages[0]
        return None


def said_of(folder: Said, manifest: ForeignManifest | None) -> Said:
    """Return what the folder's object.json says and, where it is silent, the manifest; of pages the manifest only."""
    if manifest is None:
        return folder
    return Said(
        folder.label or manifest.label,
        folder.summary or manifest.summary,
        folder.rights or manifest.rights,
        folder.languages or manifest.languages,
        folder.viewing_direction or manifest.viewing_direction,
        tuple(canvas.label for canvas in manifest.canvases),
        more=folder.more.over(manifest.description),
    )


def object_row(told: Told, before: ObjectRow | None, records: Sequence[PageRecord]) -> ObjectRow:
    """Return the object's row: what was asked for, else what its folder says, else what it was."""
    wishes, said = told.wishes, told.said
    was = before or ObjectRow(told.id, told.name, told.name)
    spoken = Counter(record.language for record in records if record.language)
    given = tuple(bcp47(name) or name for name in wishes.languages)
    return ObjectRow(
        told.id,
        # Named by its id, an object keeps the other name (an ARK, say) that it was made with.
        was.original_id if told.name == told.id else told.name,
        wishes.label or said.label or was.label,
        summary=said.summary or was.summary,
        rights=said.rights or was.rights,
        languages=given or said.languages or tuple(tag for tag, _ in spoken.most_common()),
        viewing_direction=said.viewing_direction or was.viewing_direction,
        collections=wishes.collections or was.collections,
        policy=wishes.policy,
    )


def description_of(told: Told, row: ObjectRow, before: Description, canvases: Mapping[int, int]) -> Description:
    """Return what is said of an object beyond its row; `before` is what was, `canvases` are numbers by pages.

    Label and summary follow the row. All else is what its sources say; where there is none that says anything, it
    stays as it was.
    """
    said, wishes = told.said, told.wishes
    label = {} if wishes.label else said.more.label or before.label
    summary = said.more.summary or before.summary
    more = before
    if said != Said():
        more = replace(said.more, start=canvases.get(said.more.start) if said.more.start else None)
    return replace(more, label=_beyond(label, row.label), summary=_beyond(summary, row.summary))


def _beyond(found: LanguageMap, known: str) -> LanguageMap:
    """Return texts that say more than the row does; none where these are others."""
    return found if known in texts_of(found) and found != plain(known) else {}


def canvases_of(told: Told, home: Home, pages: Iterable[tuple[Leaf, PageRecord]]) -> list[CanvasRow]:
    """Return the canvases of the pages that have one, numbered from 1."""
    return [_canvas(told, home, n, leaf, record) for n, (leaf, record) in enumerate(pages, start=1)]


def _canvas(told: Told, home: Home, n: int, leaf: Leaf, record: PageRecord) -> CanvasRow:
    if record.width is None or record.height is None:
        raise AssertionError("a leaf without canvas is not published")
    labels, manifest = told.said.page_labels, told.wishes.manifest
    label = labels[leaf.n - 1] if leaf.n <= len(labels) else ""
    return CanvasRow(
        n,
        canvas_path(told.id, n) if manifest is None else manifest.canvases[leaf.n - 1].id,
        record.width,
        record.height,
        label or record.label or leaf.name,
        _image(told, home, record.image),
        record.ocr,
        record.words,
        record.scale_by,
        "" if manifest is None else manifest.canvases[leaf.n - 1].painting.resource,
    )


def _image(told: Told, home: Home, image: str | None) -> str | None:
    """Return what the catalogue calls a picture: a path in the home, or a reference as it is."""
    if image is None or parse_reference(image) is not None:
        return image
    return (home.image_folder(told.id).relative_to(home.images) / image).as_posix()


def page_states(records: Sequence[PageRecord]) -> list[PageState]:
    """Return what became of every page, in order, those that have no canvas included."""
    states, n = [], 0
    for place, record in enumerate(records, start=1):
        n += record.placed
        failure = next((entry.message for entry in record.entries if entry.level == "failure"), "")
        state: Outcome = "failed" if failure else "read" if record.words else "empty" if record.ocr else "no-text"
        warnings = Counter(entry.trap for entry in record.entries if entry.level == "warning")
        states.append(
            PageState(place, record.name, n if record.placed else None, state, record.words, failure, dict(warnings))
        )
    return states
