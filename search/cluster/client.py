"""How the cluster is reached: several nodes, another one where one does not answer, and its failures as ours."""

import logging
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from queue import Empty
from typing import Any

import orjson
from opensearchpy import OpenSearch
from opensearchpy.connection_pool import ConnectionPool
from opensearchpy.exceptions import (
    AuthenticationException,
    AuthorizationException,
    ConnectionTimeout,
    NotFoundError,
    SSLError,
    TransportError,
)
from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.serializer import JSONSerializer
from opensearchpy.transport import Transport

from lectern.errors import ConfigurationError, LecternError, Overloaded, StoreUnavailable
from lectern.noted import CLUSTER_REQUESTS
from lectern.settings import Settings
from lectern.spans import request_id, step

_SPARE_SECONDS = 2  # for a search that ends in time to be answered
_LOOK_SECONDS = 1  # for a node to show that it answers again
_LEAST_SECONDS = 0.5  # of time that is left for another node
_BUSY = 429
_SEE = "`lectern check` tells what the cluster says of itself; docs/opensearch.md says what to do."
_TOO_MANY = "es_rejected_execution_exception", "circuit_breaking_exception", "opensearch_rejected_execution_exception"


class _Serializer(JSONSerializer):
    """JSON by orjson: answers are large, and most of the time of reading one was spent in parsing it."""

    def loads(self, s: str | bytes) -> Any:
        return orjson.loads(s)

    def dumps(self, data: Any) -> Any:
        return data if isinstance(data, str | bytes) else orjson.dumps(data).decode()


class _Nodes(ConnectionPool):
    """The nodes in use. One that did not answer is out of it until it answers a short question."""

    def resurrect(self, force: bool = False) -> Any:
        if force:
            return super().resurrect(force)
        try:
            due, node = self.dead.get(block=False)
        except Empty:
            return None
        if due > time.time():
            self.dead.put((due, node))
            return None
        if not _answers(node):
            self.dead.put((time.time() + self.dead_timeout, node))
            return None
        self.connections.append(node)
        return node


def _answers(node: Any) -> bool:
    try:
        node.perform_request("GET", "/", timeout=_LOOK_SECONDS)
    except NoConnection:  # a time limit is one, too
        return False
    except TransportError:  # whatever it says, it answers
        return True
    return True


class _Transport(Transport):
    """Requests that take a node that hangs out of use, as if it had refused the connection.

    A request that takes too long may be the cluster's fault, so the node is asked a short question first. A request
    that says a `request_timeout` shorter than the client's goes to another node as long as time is left.
    """

    def __init__(self, hosts: Any, **more: Any) -> None:
        self._last = threading.local()
        super().__init__(hosts, connection_pool_class=_Nodes, **more)

    def get_connection(self) -> Any:
        self._last.node = super().get_connection()
        return self._last.node

    def perform_request(  # noqa: PLR0917 - the signature is the library's
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        timeout: float | None = None,
        ignore: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        with step("cluster", method=method), _counted():
            return self._ask(method, url, dict(params or {}), body, timeout, ignore, _named(headers))

    def _ask(  # noqa: PLR0917 - as above
        self,
        method: str,
        url: str,
        said: dict[str, Any],
        body: Any,
        timeout: float | None,
        ignore: Collection[int],
        headers: Mapping[str, str] | None,
    ) -> Any:
        wait = timeout or said.pop("request_timeout", None)
        end = time.monotonic() + self.kwargs["timeout"]
        for more in reversed(range(self.max_retries + 1)):
            try:
                return super().perform_request(method, url, dict(said), body, wait, ignore, headers)
            except ConnectionTimeout:
                if not _answers(self._last.node):
                    self.mark_dead(self._last.node)
                left = end - time.monotonic()
                if wait is None or left < _LEAST_SECONDS or not more:
                    raise
                wait = min(wait, left)
        raise AssertionError  # the last one returned, or raised


@contextmanager
def _counted() -> Iterator[None]:
    """Count what becomes of a request: an answer is one too that says no, as long as the cluster is not at fault."""
    try:
        yield
    except ConnectionTimeout:
        CLUSTER_REQUESTS.add("late")
        raise
    except NoConnection:
        CLUSTER_REQUESTS.add("no node")
        raise
    except TransportError as error:
        failed = isinstance(error.status_code, int) and (error.status_code >= 500 or error.status_code == _BUSY)
        CLUSTER_REQUESTS.add("failed" if failed else "answered")
        raise
    CLUSTER_REQUESTS.add("answered")


def _named(headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return headers with the id of our request, which the cluster writes beside what it finds slow or odd."""
    mine = request_id.get()
    return {**(headers or {}), "X-Opaque-Id": mine} if mine else headers


def connect(settings: Settings, *, seconds: float | None = None) -> OpenSearch:
    """Return a client of the cluster that the settings name; nothing is asked yet. Safe for threads, not for a fork.

    A request that finds no connection, or a node that is not ready, goes to the next node; one that does not answer is
    not asked again until it does. `seconds` is the longest wait for an answer, without it what a search may take.
    """
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # what it would tell is told by our errors
    password = settings.opensearch_password.get_secret_value()
    return OpenSearch(
        hosts=list(settings.opensearch_urls),
        transport_class=_Transport,
        http_auth=(settings.opensearch_user, password) if settings.opensearch_user else None,
        ca_certs=str(settings.opensearch_ca_file) if settings.opensearch_ca_file else None,
        serializer=_Serializer(),
        timeout=seconds or settings.search_seconds + _SPARE_SECONDS,
        max_retries=max(2, len(settings.opensearch_urls)),
        retry_on_status=(502, 503),
        retry_on_timeout=False,
        pool_maxsize=settings.threads + 1,
        http_compress=False,
    )


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Have failures of the cluster inside the block raised as StoreUnavailable, Overloaded or ConfigurationError.

    `what` begins the sentence: what could not be had. A NotFoundError of the client passes, for who expects one.
    """
    try:
        yield
    except NotFoundError:
        raise
    except TransportError as error:
        raise translated(error, what) from error


def translated(error: TransportError, what: str) -> LecternError:
    """Return our error for a failure of the cluster."""
    if isinstance(error, SSLError):
        return ConfigurationError(
            f"{what} cannot be had: the cluster's certificate is not trusted ({error.error}).",
            "Name the file with the certificates that sign it in opensearch_ca_file.",
        )
    if isinstance(error, AuthenticationException | AuthorizationException):
        return ConfigurationError(
            f"{what} cannot be had: the cluster refuses the user ({error.status_code}).",
            "Check opensearch_user and opensearch_password, and what this user may do (docs/opensearch.md).",
        )
    if error.status_code == _BUSY or error.error in _TOO_MANY:
        return Overloaded(f"{what} cannot be had just now: the cluster is at its limit.", "Ask again in some seconds.")
    return StoreUnavailable(f"{what} cannot be had just now: {_reason(error)}.", _SEE)


def no_index(index: str) -> StoreUnavailable:
    """Return the error of an index, or alias, that whoever asks for words needs."""
    return StoreUnavailable(
        f"The cluster has no index {index}.",
        "`lectern reindex` makes it; if there are objects, the cluster has lost them (docs/opensearch.md).",
    )


def _reason(error: TransportError) -> str:
    if isinstance(error, ConnectionTimeout):
        return "the cluster did not answer in time"
    if isinstance(error, NoConnection):
        return "no node of the cluster answers"
    return f"the cluster says {error.status_code} ({error.error})"
