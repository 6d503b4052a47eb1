"""Objects as the portal shows them to one reader: on the shelf, on their own pages, among what was found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from auth.pages import stretches
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.urls import PresentationVersion
from services.asker import Asker
from services.context import Context
from services.portal import wording
from services.presentation.doors import book
from services.presentation.model import Book, Thumbnail, cover


@dataclass(frozen=True, slots=True)
class Item:
    """One object as the portal shows it. `language` is that of its label, empty where nobody can tell.

    `tells_all` says whether more than the label is told.
    """

    row: ObjectRow
    label: str
    language: str
    pages: str
    languages: str
    access: wording.Access
    cover: Thumbnail | None
    searchable: bool
    tells_all: bool
    manifest3: str
    manifest2: str

    def manifest(self, version: PresentationVersion) -> str:
        """Return the id of the manifest of a version."""
        return self.manifest3 if version == 3 else self.manifest2


@dataclass(frozen=True, slots=True)
class CollectionLink:
    """A collection that objects on the shelf name, and how many of them."""

    name: str
    label: str
    count: int


class Items:
    """Makes what pages show of objects, from what the reader may know of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def visible(self, asker: Asker) -> list[ObjectRow]:
        """Return every object whose existence the reader may know, by label (TH-85)."""
        return [row for row in self._context.catalogue.objects() if not _hides(asker, row)]

    def book(self, row: ObjectRow, canvases: Sequence[CanvasRow], asker: Asker) -> Book:
        """Return an object with some of its canvases as the reader may know them."""
        judge, urls = asker.verdict_or_stranger, self._context.urls
        shown = book(row, canvases, asker.rules(row), judge, urls, when=asker.now)
        return replace(shown, pictures_elsewhere=self._context.settings.pictures_elsewhere)

    def item(self, row: ObjectRow, asker: Asker) -> Item:
        """Return an object as the reader is shown it."""
        urls, rules, judge = self._context.urls, asker.rules(row), asker.verdict_or_stranger
        first = self._context.catalogue.canvas(row.id, 1)
        shown = self.book(row, [first] if first else [], asker)
        parts = [judge(rules, part.first) for part in stretches(rules, row.pages)] if rules.pages else []
        label = row.label or row.id
        return Item(
            row=row,
            label=label,
            language=wording.language_of(label, row.languages),
            pages=wording.pages(row.pages) if shown.tells_all else "",
            languages=wording.languages(row) if shown.tells_all else "",
            access=wording.access(rules.policy, judge(rules, None), parts),
            cover=cover(shown),
            searchable=shown.searchable(),
            tells_all=shown.tells_all,
            manifest3=urls.manifest(row.id, 3),
            manifest2=urls.manifest(row.id, 2),
        )


def collections(rows: Sequence[ObjectRow]) -> list[CollectionLink]:
    """Return the collections that objects name, by name."""
    counts = Counter(name for row in rows for name in row.collections)
    return [CollectionLink(name, name, count) for name, count in sorted(counts.items())]


def _hides(asker: Asker, row: ObjectRow) -> bool:
    """Return whether the existence of an object is nothing that this reader may know."""
    return asker.verdict_or_stranger(asker.rules(row)).manifest == "hidden"
