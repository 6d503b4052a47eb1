"""`lectern check` on the cluster that has the words: whether it answers, is whole, and is of this release's making."""

from collections.abc import Iterator

from lectern.errors import LecternError
from lectern.settings import Settings
from services.faults import Fault


def cluster_troubles(settings: Settings, *, objects: bool) -> Iterator[Fault]:
    """Yield what keeps words from being found; `objects` says whether there are any on the shelf."""
    if settings.engine != "opensearch":
        return
    from search.cluster.client import connect
    from search.cluster.health import require_ready
    from search.cluster.schema import Names

    try:
        require_ready(connect(settings), Names(settings.opensearch_index), needed=objects)
    except LecternError as error:
        yield error.detail, error.remedy


def cluster_doubts(settings: Settings) -> Iterator[Fault]:
    """Yield what is doubtful about a cluster that answers; nothing for one that does not."""
    if settings.engine != "opensearch":
        return
    from search.cluster.client import connect
    from search.cluster.health import health_of
    from search.cluster.schema import Names

    try:
        found = health_of(connect(settings), Names(settings.opensearch_index))
    except LecternError:
        return
    if found.indexes and found.replicas == 0:
        yield (
            "The index of pages has no copy: a lost node takes words with it.",
            "Set opensearch_replicas to 1 or more and run `lectern reindex`.",
        )
    if found.status == "yellow":
        yield (
            f"The cluster has not made all copies of the index of pages ({found.nodes} nodes).",
            "Wait until it has; if it stays so, it has fewer nodes than opensearch_replicas needs.",
        )
    if found.coming:
        yield (
            f"An index is being made anew, or its rebuild was ended: {', '.join(found.coming)}.",
            "If no `lectern reindex` is running, run it: it goes on where it was.",
        )
    if found.left_over:
        yield f"Indexes that nobody uses: {', '.join(found.left_over)}.", "The next `lectern reindex` removes them."
