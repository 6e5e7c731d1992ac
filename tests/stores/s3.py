"""A local S3 server, which can be killed and started anew. What was in it is gone then."""

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3

from adapters.stores.files.address import Credentials
from tests.ports import free_port

KEYS = Credentials(access_key="AKIATEST", secret_key="not-a-secret", region="us-east-1")
PREFIX = "files"
NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of a test's own."""

    server: "S3"
    name: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}/{PREFIX}?endpoint={self.server.endpoint}"

    def keys(self) -> Sequence[str]:
        """All keys, and those of uploads that were begun and not ended."""
        client = self.server.client()
        objects = client.list_objects_v2(Bucket=self.name)
        uploads = client.list_multipart_uploads(Bucket=self.name)
        found = [*objects.get("Contents", ()), *(uploads.get("Uploads") or ())]
        return [one["Key"] for one in found]


@dataclass(slots=True, kw_only=True)
class S3:
    """A server of moto on a port of its own."""

    port: int = field(default_factory=lambda: free_port())  # noqa: PLW0108 (it is below)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while not self._answers():
            assert time.monotonic() < deadline, "the S3 server did not start"
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def bucket(self, name: str = "") -> Bucket:
        """Make a bucket."""
        bucket = Bucket(server=self, name=name or f"trialogue-{next(NUMBERS)}")
        self.client().create_bucket(Bucket=bucket.name)
        return bucket

    def client(self) -> Any:
        """A client of the test's own."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=KEYS.region,
            aws_access_key_id=KEYS.access_key,
            aws_secret_access_key=KEYS.secret_key,
        )

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.endpoint}/moto-api/data.json", timeout=10):
                return True
        except (URLError, OSError):
            return False


def running_s3() -> Iterator[S3]:
    """A server that ends with the generator."""
    server = S3()
    server.start()
    try:
        yield server
    finally:
        server.kill()
