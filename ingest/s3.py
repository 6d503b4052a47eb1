"""What lies in a bucket of S3-compatible storage. boto3 is loaded by whoever lists, and by nobody else."""

from collections.abc import Iterator
from typing import Any

from lectern.errors import InputError
from lectern.picture_sources import S3Source

MOST_KEYS = 100_000
_WORDS = {
    "EndpointConnectionError": "nothing answers at its endpoint",
    "ConnectTimeoutError": "its endpoint does not answer in time",
    "ReadTimeoutError": "its endpoint does not answer in time",
    "ConnectionClosedError": "its endpoint ends the connection",
    "SSLError": "its endpoint has no TLS, or a certificate that is not trusted",
    "SignatureDoesNotMatch": "the secret is not that of the access key, or the region is another",
    "InvalidAccessKeyId": "it does not know the access key",
    "NoSuchBucket": "it has no such bucket",
    "AccessDenied": "the access key may not list the bucket",
}


def client_of(source: S3Source) -> Any:
    """Return a client of boto3 for a bucket: short waits, no retries beyond one, no checksums that few servers know."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(
        s3={"addressing_style": "path" if source.path_style else "virtual"},
        connect_timeout=source.timeout,
        read_timeout=source.timeout,
        retries={"total_max_attempts": 2},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        **({} if source.access_key else {"signature_version": UNSIGNED}),
    )
    return boto3.client(
        "s3",
        endpoint_url=source.endpoint or None,
        region_name=source.region,
        aws_access_key_id=source.access_key or None,
        aws_secret_access_key=source.secret.get_secret_value() or None,
        config=config,
    )


def keys_below(name: str, source: S3Source, folder: str) -> Iterator[str]:
    """Yield the keys below a folder of the source (empty: all), relative to the source's prefix.

    Raises InputError when the bucket cannot be listed, or holds more than MOST_KEYS there.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    start = source.prefix + (f"{folder.rstrip('/')}/" if folder.rstrip("/") else "")
    count = 0
    try:
        for page in client_of(source).get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=start):
            for found in page.get("Contents", ()):
                count += 1
                if count > MOST_KEYS:
                    raise InputError(
                        f"The source {name} has more than {MOST_KEYS:,} keys below {folder!r}.",
                        "Name the folder of the one object that is to be ingested.",
                    )
                yield found["Key"][len(source.prefix) :]
    except (BotoCoreError, ClientError) as error:
        raise InputError(
            f"The source {name} cannot be listed: {_reason(error)}.",
            f"Look at [sources.{name}] in lectern.toml: endpoint, bucket, region, access_key and secret.",
        ) from error


def _reason(error: Exception) -> str:
    """Return why, without what a server may repeat of the request: its signature."""
    told = getattr(error, "response", {}).get("Error", {})
    name = str(told.get("Code") or type(error).__name__)[:100]
    return f"{_WORDS[name]} ({name})" if name in _WORDS else name
