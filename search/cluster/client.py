"""How the cluster is reached: several nodes, another one where one does not answer, and its failures as ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from opensearchpy import OpenSearch
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

from lectern.errors import ConfigurationError, LecternError, Overloaded, StoreUnavailable
from lectern.settings import Settings

_SPARE_SECONDS = 2  # for a search that ends in time to be answered
_BUSY = 429
_SEE = "`lectern check` tells what the cluster says of itself; docs/opensearch.md says what to do."
_TOO_MANY = "es_rejected_execution_exception", "circuit_breaking_exception", "opensearch_rejected_execution_exception"


class _Serializer(JSONSerializer):
    """JSON by orjson: answers are large, and most of the time of reading one was spent in parsing it."""

    def loads(self, s: str | bytes) -> Any:
        return orjson.loads(s)

    def dumps(self, data: Any) -> Any:
        return data if isinstance(data, str | bytes) else orjson.dumps(data).decode()


def connect(settings: Settings, *, seconds: float | None = None) -> OpenSearch:
    """Return a client of the cluster that the settings name; nothing is asked yet. Safe for threads, not for a fork.

    A request that finds no connection, or a node that is not ready, goes to the next node. `seconds` is the longest
    wait for an answer, without it what a search may take.
    """
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # what it would tell is told by our errors
    password = settings.opensearch_password.get_secret_value()
    return OpenSearch(
        hosts=list(settings.opensearch_urls),
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


def _reason(error: TransportError) -> str:
    if isinstance(error, ConnectionTimeout):
        return "the cluster did not answer in time"
    if isinstance(error, NoConnection):
        return "no node of the cluster answers"
    return f"the cluster says {error.status_code} ({error.error})"
