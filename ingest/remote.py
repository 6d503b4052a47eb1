"""Pictures at a source of the settings, S3-compatible storage or a plain web server, within its limits.

Only what the operator named is asked: one origin, wherever a redirect leads, and below one base, whatever a key says.
That the operator named it is why its address may be a private one. Both kinds go through `ingest.fetching`, which
bounds every header and byte; for S3 the request is signed by botocore, which is loaded for that only.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from image.origin import OriginDown, OriginGone, PictureRefused, Validators
from ingest.fetching import Answered, Fetched, Fetcher, Limits, origin_of_url, user_agent
from ingest.traps import Unreadable
from lectern.errors import LecternError
from lectern.picture_sources import PictureSource, S3Source, is_key

_SAFE = "/-._~"  # what S3 signs as it is; also right for any other path
_AT_ONCE = 8  # requests to one source from one process
_FOR_EVER = 1 << 62
_REMEDY = "Look at [sources] in lectern.toml and at the source itself."


@dataclass(frozen=True, slots=True)
class Head:
    """The first bytes of a picture, its size in bytes if the source tells it, and its validators."""

    data: bytes
    total: int | None
    validators: Validators


@dataclass
class Remote:
    """One source, ready to be asked; threads may share it. No address that a reader gives is ever among what is asked.

    Raises OriginGone, OriginDown and PictureRefused; none of them tells a secret.
    """

    name: str
    source: PictureSource
    contact: str = ""
    _fetcher: Fetcher = field(init=False)

    def __post_init__(self) -> None:
        """Take the source's limits on."""
        source = self.source
        limits = Limits(
            file_bytes=source.max_bytes,
            total_bytes=_FOR_EVER,
            redirects=0 if isinstance(source, S3Source) else source.redirects,
            idle_seconds=source.timeout,
            file_seconds=source.deadline,
            longest_wait=0.0,
            origin=origin_of_url(urlsplit(source.address)),
            private=True,
            per_host=_AT_ONCE,
        )
        self._fetcher = Fetcher(limits, agent=user_agent(self.contact))

    def get(self, key: str, known: Validators | None, into: BinaryIO) -> Validators | None:
        """Return the validators of a picture after writing it whole; None if it is still what `known` names."""
        known = known or Validators()
        answer = self._ask(key, etag=known.etag, last_modified=known.last_modified, into=into)
        return None if answer.body is None else Validators(answer.etag, answer.last_modified)

    def head(self, key: str, count: int) -> Head:
        """Return the first `count` bytes of a picture."""
        answer = self._ask(key, first=count)
        return Head(answer.body or b"", answer.total, Validators(answer.etag, answer.last_modified))

    def part(self, key: str, begin: int, count: int) -> bytes | None:
        """Return up to `count` bytes of a picture from the byte `begin` on; None from a server that gives no parts."""
        answer = self._ask(key, first=count, begin=begin)
        return answer.body if answer.partial else None

    def _ask(self, key: str, **how: Any) -> Fetched:
        try:
            url = self.url(key)
            return self._fetcher.get(url, more=self._headers(url), **how)
        except Unreadable as error:
            raise _as_told(error) from error

    def url(self, key: str) -> str:
        """Return the address of a picture; raises PictureRefused for a name that leads elsewhere."""
        if not is_key(key, self.source.kind):
            raise PictureRefused(
                f"{key!r} names no picture of the source {self.name}.", "Ingest the object again with other names."
            )
        if isinstance(self.source, S3Source):
            return f"{self.source.address}/{quote(self.source.prefix + key, safe=_SAFE)}"
        return self.source.address + quote(key, safe=_SAFE)

    def _headers(self, url: str) -> dict[str, str]:
        """Return the headers that open the source."""
        source = self.source
        if isinstance(source, S3Source):
            return self._signer.headers(url) if source.access_key else {}
        secret = source.secret.get_secret_value()
        return {source.header: secret} if source.header and secret else {}

    @cached_property
    def _signer(self) -> "_Signer":
        if not isinstance(self.source, S3Source):
            raise AssertionError("only S3 is signed for")
        return _Signer(self.source)


class _Signer:
    """Signs requests as S3 wants it (AWS Signature, version 4)."""

    def __init__(self, source: S3Source) -> None:
        from botocore.auth import S3SigV4Auth
        from botocore.credentials import Credentials

        credentials = Credentials(source.access_key, source.secret.get_secret_value())
        self._auth = S3SigV4Auth(credentials, "s3", source.region)

    def headers(self, url: str) -> dict[str, str]:
        """Return the headers of a GET that make it ours."""
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("GET", url)
        self._auth.add_auth(request)
        return dict(request.headers.items())


def _as_told(error: Unreadable) -> LecternError:
    """Return what a failed fetch means for a picture."""
    if isinstance(error, Answered):  # one picture of many: of the others nothing is said
        return PictureRefused(error.detail, _REMEDY)
    kind = {"fetch-gone": OriginGone, "fetch-refused": PictureRefused}.get(error.trap, OriginDown)
    return kind(error.detail, _REMEDY)
