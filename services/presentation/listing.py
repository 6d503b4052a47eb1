"""What a collection lists, from what everybody may know to be there. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from lectern.catalogue import ObjectRow
from lectern.collection_tree import EVERYTHING, Collection, CollectionTree, in_order
from lectern.description import LanguageMap, plain


@dataclass(frozen=True, slots=True)
class Entry:
    """An object in a list: its row, its label in every language, and its date as `navDate` has it, empty if none."""

    row: ObjectRow
    label: LanguageMap
    nav_date: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A collection with the one around it (None: it is the topmost), those directly in it, and its objects in order."""

    collection: Collection
    around: Collection | None
    inside: Sequence[Collection]
    entries: Sequence[Entry]


def listing(name: str, tree: CollectionTree, entries: Sequence[Entry], title: str) -> Listing | None:
    """Return what a collection lists of the objects that everybody may know, None if it holds none of them (TH-85).

    What holds none is as if it were not there, whether it is described or not: nobody can tell an empty one from one
    whose objects are hidden. `all`, which is called by the title, is always there, and lists every object.
    """
    shown = tree.above(name for entry in entries for name in entry.row.collections)
    if name == EVERYTHING:
        others = [tree.get(each) for each in shown if each not in tree.by_id and each != EVERYTHING]
        inside = in_order([*tree.inside(EVERYTHING), *others])
        whole = Collection(EVERYTHING, plain(title))
        return Listing(whole, None, [each for each in inside if each.id in shown], entries)
    if name not in shown:
        return None
    found = tree.get(name)
    inside = [each for each in tree.inside(name) if each.id in shown]
    around = tree.get(found.parent) if found.parent else Collection(EVERYTHING, plain(title))
    return Listing(found, around, inside, [entry for entry in entries if name in entry.row.collections])
