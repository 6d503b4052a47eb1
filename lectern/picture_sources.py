"""Settings of the places outside of the home that pictures lie in: `[sources.NAME]` in lectern.toml; and references.

The catalogue names such a picture `NAME:key`. A file in the home never has a colon in its name there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag, field_validator, model_validator

from lectern.confidential import from_file
from lectern.providers import HeaderName

SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_REFERENCE = re.compile(rf"(?P<source>{SOURCE_NAME.pattern}):(?P<key>[^\x00-\x1f\x7f]{{1,1024}})")
_ASTRAY = re.compile(r"[?#\\]|//|^/")


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that lies in a source: the source's name in the settings, and the picture's name there."""

    source: str
    key: str

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"


def parse_reference(text: str | None) -> Reference | None:
    """Return what a picture's name in the catalogue refers to, None for that of a file in the home."""
    if text is None or ":" not in text:
        return None
    match = _REFERENCE.fullmatch(text)
    return Reference(match["source"], match["key"]) if match else None


def is_key(key: str, kind: str) -> bool:
    """Return whether a name can be asked for at a source: below its base, without a query, and never back up."""
    if parse_reference(f"x:{key}") is None:
        return False
    astray = kind == "http" and (_ASTRAY.search(key) is not None or "\\" in unquote(key))
    return not astray and ".." not in unquote(key).split("/")


class _Source(BaseModel):
    """What all sources have: how much is fetched, for how long it is waited, and how long it is believed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_bytes: int = Field(512 << 20, ge=1024, description="Most bytes that one picture may have.")
    timeout: float = Field(5.0, gt=0, le=60, description="Seconds to wait for the source to connect, and for more.")
    deadline: float = Field(60.0, gt=0, le=600, description="Seconds in which a whole picture has to be there.")
    fresh: int = Field(
        3600, ge=0, description="Seconds until a picture that is asked for is compared with the source again."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_secret(cls, values: Any) -> Any:
        return from_file(values, "secret")


class S3Source(_Source):
    """A bucket of S3-compatible storage."""

    kind: Literal["s3"]
    endpoint: str = Field("", description="Address of the storage; default that of Amazon for the region.")
    bucket: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$", description="The bucket's name.")
    region: str = Field("us-east-1", pattern=r"^[a-z0-9-]{1,40}$", description="Region that requests are signed for.")
    prefix: str = Field("", description="What all keys begin with; `NAME:` and paths are relative to it.")
    access_key: str = Field("", description="Access key; without one, requests are not signed (a public bucket).")
    secret: SecretStr = Field(SecretStr(""), description="Secret key; better in a file.")
    secret_file: Path | None = Field(None, description="File that holds the secret key; relative to the home.")
    path_style: bool = Field(True, description="The bucket stands in the path, not in the host's name.")

    @field_validator("endpoint")
    @classmethod
    def _check_endpoint(cls, value: str) -> str:
        return _address(value).rstrip("/") if value else value

    @property
    def address(self) -> str:
        """Return the base URL of the bucket, without trailing slash."""
        endpoint = urlsplit(self.endpoint or f"https://s3.{self.region}.amazonaws.com")
        if self.path_style:
            return endpoint._replace(path=f"{endpoint.path}/{self.bucket}").geturl()
        return endpoint._replace(netloc=f"{self.bucket}.{endpoint.netloc}").geturl()

    @property
    def id(self) -> str:
        """Return what tells this place from all others, without secrets."""
        return f"{self.address}/{self.prefix}"


class HttpSource(_Source):
    """A plain web server. It lists nothing: an ingest names the pictures by a template."""

    kind: Literal["http"]
    base: str = Field(description="Address that all pictures lie below, as https://scans.example.org/books/.")
    header: HeaderName | Literal["Authorization"] | None = Field(
        None, description="Header that is sent along, if the server wants one; its value is the secret."
    )
    secret: SecretStr = Field(SecretStr(""), description="Value of that header; better in a file.")
    secret_file: Path | None = Field(None, description="File that holds the value; relative to the home.")
    redirects: int = Field(2, ge=0, le=10, description="Most redirects; all have to stay at the same origin.")

    @field_validator("base")
    @classmethod
    def _check_base(cls, value: str) -> str:
        return _address(value).rstrip("/") + "/"

    @property
    def address(self) -> str:
        """Return the base URL, with trailing slash."""
        return self.base

    @property
    def id(self) -> str:
        """Return what tells this place from all others, without secrets."""
        return self.base


def _address(value: str) -> str:
    parts = urlsplit(value)
    plain = value.isascii() and value.isprintable() and not set(value) & set(" \\?#")
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be like https://storage.example.org, without a user name, a query and a fragment")
    _ = parts.port  # raises ValueError
    return value


def _kind(values: Any) -> Any:
    return values.get("kind") if isinstance(values, Mapping) else getattr(values, "kind", None)


PictureSource = Annotated[Annotated[S3Source, Tag("s3")] | Annotated[HttpSource, Tag("http")], Discriminator(_kind)]
