"""Objects as the portal shows them to one reader: on the shelf, on their own pages, among what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import request

from auth.pages import stretches
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.collection_tree import EVERYTHING
from lectern.description import (
    NO_LANGUAGE,
    Description,
    LanguageMap,
    best_language,
    plain,
    read_description,
    text_for,
)
from lectern.richtext import bare
from lectern.urls import PresentationVersion, is_web_address
from services.asker import Asker
from services.context import Context
from services.portal import wording
from services.presentation.described import described
from services.presentation.lending import MOST_ORIGINS, addresses_in, origins_of
from services.presentation.listing import Entry, Listing, listing
from services.presentation.model import Book, Thumbnail, cover
from services.presentation.showing import shown_book


@dataclass(frozen=True, slots=True)
class Item:
    """One object as the portal shows it. `language` is that of its label, empty where nobody can tell.

    `said` is all that is said of it beyond its row, whoever may know it; `tells_all` says whether the reader is told
    more than the label.
    """

    row: ObjectRow
    label: str
    language: str
    pages: str
    languages: str
    access: wording.Access
    cover: Thumbnail | None
    searchable: bool
    said: Description
    tells_all: bool
    manifest3: str
    manifest2: str

    def manifest(self, version: PresentationVersion) -> str:
        """Return the id of the manifest of a version."""
        return self.manifest3 if version == 3 else self.manifest2


@dataclass(frozen=True, slots=True)
class Words:
    """A text and its language, empty where that is not known."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What is said of an object: its summary, pairs of a label and values, and pages of others about it, as links."""

    summary: Sequence[Words]
    pairs: Sequence[tuple[Words, Sequence[Words]]]
    homepages: Sequence[tuple[str, Words]]


class Items:
    """Makes what pages show of objects, from what the reader may know of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def visible(self, asker: Asker) -> list[ObjectRow]:
        """Return every object whose existence the reader may know, by label (TH-85)."""
        rows = [row for row in self._context.catalogue.objects() if not _hides(asker, row)]
        return sorted(rows, key=lambda row: (row.label.casefold(), row.id))

    def shelf(self, asker: Asker, name: str) -> Listing | None:
        """Return what a collection holds for the reader, None if nothing: then it is as if it were not there."""
        entries = [Entry(row, plain(row.label)) for row in self.visible(asker)]
        tree = self._context.collections.current()
        shown = listing(name, tree, entries, self._context.settings.institution)
        if shown is None or name == EVERYTHING:
            return shown
        within = tree.below(name)
        return replace(shown, entries=[entry for entry in entries if not within.isdisjoint(entry.row.collections)])

    def called(self, collection: str) -> str:
        """Return what a collection is called; its name where nothing else is said, empty for none."""
        return spoken(self._context.collections.current().get(collection).label) if collection else ""

    def said(self, row: ObjectRow) -> Description:
        """Return what is said of an object beyond its row."""
        return read_description(self._context.catalogue.description(row.id))

    def collected(self, row: ObjectRow) -> list[tuple[str, str]]:
        """Return the collections that an object names, each with what it is called."""
        return [(name, self.called(name)) for name in row.collections]

    def about(self, item: Item, asker: Asker) -> About:
        """Return what the object's manifest says of it to this reader; nothing where little is told."""
        return about(described(replace(self.book(item.row, [], asker), description=item.said)))

    def book(self, row: ObjectRow, canvases: Sequence[CanvasRow], asker: Asker) -> Book:
        """Return an object with some of its canvases as the reader may know them."""
        return shown_book(self._context, row, canvases, asker.rules(row), asker.verdict_or_stranger, when=asker.now)

    def picture_origins(self, row: ObjectRow, canvases: Sequence[CanvasRow], asker: Asker) -> tuple[str, ...]:
        """Return the origins that borrowed pictures of some canvases come from, as far as the reader may know."""
        shown = self.book(row, canvases, asker)
        return origins_of((each for canvas in canvases for each in addresses_in(shown.lent(canvas))), MOST_ORIGINS)

    def item(self, row: ObjectRow, asker: Asker) -> Item:
        """Return an object as the reader is shown it."""
        urls, rules, judge = self._context.urls, asker.rules(row), asker.verdict_or_stranger
        first = self._context.catalogue.canvas(row.id, 1)
        shown = self.book(row, [first] if first else [], asker)
        parts = [judge(rules, part.first) for part in stretches(rules, row.pages)] if rules.pages else []
        said = self.said(row)
        title = title_of(row, said)
        return Item(
            row=row,
            label=title.text,
            language=title.language,
            pages=wording.pages(row.pages) if shown.tells_all else "",
            languages=wording.languages(row) if shown.tells_all else "",
            access=wording.access(rules.policy, judge(rules, None), parts),
            cover=cover(shown),
            searchable=shown.searchable(),
            said=said,
            tells_all=shown.tells_all,
            manifest3=urls.manifest(row.id, 3),
            manifest2=urls.manifest(row.id, 2),
        )


def languages_wanted() -> list[str]:
    """Return the languages that the reader of this request wants, the dearest first."""
    return list(request.accept_languages.values())


def spoken(found: LanguageMap) -> str:
    """Return a text of a language map for the reader of this request."""
    return text_for(found, languages_wanted())


def title_of(row: ObjectRow, said: Description) -> Words:
    """Return what an object is called, in the language of its label that suits the reader of this request."""
    if text := spoken(said.label):
        tag = best_language(said.label, languages_wanted())
        return Words(text, "" if tag == NO_LANGUAGE else tag)
    label = row.label or row.id
    return Words(label, wording.language_of(label, row.languages))


def about(said: Description) -> About:
    """Return what a description says as a page shows it: texts without their markup, addresses of the web alone."""
    pairs = [*said.metadata, *([said.required_statement] if said.required_statement else [])]
    pages = [*said.homepages, *(page for provider in said.providers for page in provider.homepages)]
    return About(
        words(said.summary),
        [(next(iter(words(pair.label)), Words("")), words(pair.value)) for pair in pairs],
        [(page.id, next(iter(words(page.label)), Words(page.id))) for page in pages if is_web_address(page.id)],
    )


def words(found: LanguageMap) -> list[Words]:
    """Return the texts of a language map without markup, those in English before others."""
    languages = sorted(found, key=lambda tag: (tag.partition("-")[0] != "en", tag != NO_LANGUAGE))
    return [Words(bare(text), "" if tag == NO_LANGUAGE else tag) for tag in languages for text in found[tag]]


def _hides(asker: Asker, row: ObjectRow) -> bool:
    """Return whether the existence of an object is nothing that this reader may know."""
    return asker.verdict_or_stranger(asker.rules(row)).manifest == "hidden"
