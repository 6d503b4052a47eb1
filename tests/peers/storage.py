"""npm s3rver on loopback: S3-compatible storage that checks signatures and pages its listings."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lectern.picture_sources import S3Source
from tests.servers import free_port, running, settings_free_environment

HERE = Path(__file__).parent
BUCKET = "pictures"
ACCESS_KEY = SECRET = "S3RVER"  # the one account that s3rver knows


@dataclass
class Storage:
    """A bucket that tests fill."""

    endpoint: str

    def settings(self, **changed: Any) -> dict[str, Any]:
        """Return the table [sources.NAME] of this bucket."""
        account = {"access_key": ACCESS_KEY, "secret": SECRET}
        return {"kind": "s3", "endpoint": self.endpoint, "bucket": BUCKET, **account, **changed}

    def source(self, **changed: Any) -> S3Source:
        return S3Source(**self.settings(**changed))

    def put(self, key: str, body: bytes) -> None:
        self.client().put_object(Bucket=BUCKET, Key=key, Body=body)

    def delete(self, key: str) -> None:
        self.client().delete_object(Bucket=BUCKET, Key=key)

    def client(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET,
            config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
        )


@contextmanager
def real_storage(folder: Path) -> Iterator[Storage]:
    """Serve an empty bucket until the block ends; skips where there is no Node."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules/@20minutes/s3rver").is_dir():
        pytest.skip("there is no npm s3rver; tools/setup fetches it")
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    # Its tokens of listings are enciphered in a way that Node has called legacy since it came with OpenSSL 3.
    command: list[str | Path] = [node, "--openssl-legacy-provider", HERE / "s3.mjs", str(port), folder, BUCKET]
    with running(command, settings_free_environment(), endpoint, seconds=30):
        yield Storage(endpoint)
