"""What a cluster says of itself: whether it answers, has all shards of our index, and is of this release's making."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError

from lectern.errors import StoreUnavailable
from search.cluster.client import asking
from search.cluster.schema import VERSION, Names, indexes_of, left_over, version_of

_SECONDS = 3  # for an answer about itself
Status = Literal["green", "yellow", "red"]


class Vitals(NamedTuple):
    """The status of our index (of all, if there is none), and the nodes of the cluster."""

    status: Status
    nodes: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the cluster is: `status` of our index (of all, if there is none), and which indexes are ours.

    `indexes` are those that the alias leads to, `coming` one that is being made, or was when its rebuild was ended.
    """

    status: Status
    nodes: int
    replicas: int
    indexes: tuple[str, ...]
    coming: tuple[str, ...]
    left_over: tuple[str, ...]

    @property
    def is_of_another_release(self) -> bool:
        """Return whether the index in use was made by a release with another schema."""
        return any(version_of(index) != VERSION for index in self.indexes)


def health_of(client: OpenSearch, names: Names) -> Health:
    """Return how the cluster is; raises StoreUnavailable, Overloaded or ConfigurationError when it does not say."""
    indexes = indexes_of(client, names.pages)
    said = _health(client, names.pages if indexes else None)
    return Health(
        said["status"],
        int(said["number_of_nodes"]),
        _replicas(client, indexes),
        tuple(indexes),
        tuple(indexes_of(client, names.coming)),
        tuple(left_over(client, names)),
    )


def vitals_of(client: OpenSearch, names: Names) -> Vitals:
    """Return how the cluster is in one short question; raises as `health_of` does."""
    said = _health(client, names.pages)
    return Vitals(said["status"], int(said["number_of_nodes"]))


def require_ready(client: OpenSearch, names: Names, *, needed: bool) -> None:
    """Return if the index can be asked; raises StoreUnavailable with the reason if not.

    Without any object on the shelf it is not `needed`: the first ingest makes it.
    """
    indexes = indexes_of(client, names.pages)
    if not indexes and needed:
        raise StoreUnavailable(f"The cluster has no index {names.pages}.", "Run `lectern reindex`, which makes it.")
    if any(version_of(index) != VERSION for index in indexes):
        raise StoreUnavailable(
            f"The index {indexes[0]} was made by another release.", "Run `lectern reindex`, which makes it anew."
        )
    if _health(client, names.pages if indexes else None)["status"] == "red":
        raise StoreUnavailable("The cluster lacks shards of the index of pages.", "Bring back the nodes with them.")


def _health(client: OpenSearch, index: str | None) -> Any:
    params = {"request_timeout": _SECONDS, "timeout": "2s"}
    with asking("The health of the cluster"):
        try:
            return client.cluster.health(index=index, params=params)
        except NotFoundError:
            return client.cluster.health(params=params)


def _replicas(client: OpenSearch, indexes: list[str]) -> int:
    """Return how many copies the index in use has beside the first; 0 if there is none."""
    if not indexes:
        return 0
    with asking("The settings of the index of pages"):
        said = client.indices.get_settings(index=indexes[0], name="index.number_of_replicas")
    return int(said[indexes[0]]["settings"]["index"]["number_of_replicas"])
