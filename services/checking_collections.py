"""What `lectern check` says of collections: described ones that hold nothing, and those that are too long to read."""

from collections import Counter
from collections.abc import Iterator

from lectern.catalogue import Catalogue
from lectern.collection_tree import load_collections
from lectern.errors import ConfigurationError
from lectern.home import Home
from services.faults import Fault

MOST_OBJECTS = 2_000  # of a collection's own: viewers read a collection whole


def collection_doubts(home: Home, catalogue: Catalogue) -> Iterator[Fault]:
    """Yield what is doubtful about collections; nothing of a file that is broken, which is told of as a fault."""
    try:
        tree = load_collections(home.collections_file)
    except ConfigurationError:
        return
    counts = Counter(name for row in catalogue.objects() for name in row.collections)
    used = tree.above(counts)
    for name in sorted(set(tree.by_id) - used):
        yield (
            f"collections.toml has [collections.{name}], but no object is in it, nor in a collection inside it.",
            f"Put objects in with `lectern ingest --collection {name}`, or take the table out; it is not shown.",
        )
    for name, count in sorted(counts.items()):
        if count > MOST_OBJECTS:
            yield (
                f"The collection {name} has {count} objects of its own; viewers read all of it at once.",
                "Divide it: collections with `parent` in collections.toml, docs/collections.md.",
            )
