"""Contents in a bucket of an S3-compatible store, for bots and workers on several machines."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import ClientError as ConnectionEndedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from adapters.stores.files.layout import gathered, place_of
from core.errors import BotError, ConfigurationError, UnavailableError
from core.ports.files import LostFileError

PART = 8 * 1024 * 1024  # bytes; 10,000 parts are allowed, of 5 MiB at least
READ = 256 * 1024
CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 20.0
ATTEMPTS = 3
MISSING = frozenset({"NoSuchKey", "NoSuchUpload", "404"})

Client = Any  # made at run time from the service's description: it has no type of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where a bucket is. `endpoint` None is AWS; `prefix` is empty or ends in a slash.

    What is None of the rest is found as every client of AWS does it: variables, files, roles.
    """

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    session_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketContents:
    """`FileContents` in a bucket.

    A content that fits in one part is put at once, a longer one by a multipart upload: both show
    all or nothing. What an upload that was interrupted left is found by its key and aborted.
    """

    client: Client
    bucket: Bucket

    @classmethod
    @asynccontextmanager
    async def open(cls, bucket: Bucket, *, proven: bool) -> AsyncIterator[Self]:
        """Connect. `proven`: the bucket has to be there; `ConfigurationError` if it is not ours."""
        config = AioConfig(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            # Checksums in a trailer are AWS's own: other stores refuse them.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if bucket.endpoint else "auto"},
        )
        try:
            making = get_session().create_client(
                "s3",
                endpoint_url=bucket.endpoint,
                region_name=bucket.region,
                aws_access_key_id=bucket.access_key,
                aws_secret_access_key=bucket.secret_key,
                aws_session_token=bucket.session_token,
                config=config,
            )
        except ValueError as error:
            raise ConfigurationError(f"FILES_URL: {error}.") from error
        async with making as client:
            contents = cls(client=client, bucket=bucket)
            if proven:
                await contents._check()
            yield contents

    async def write(self, content: UUID, parts: AsyncIterable[bytes]) -> None:
        cut = gathered(parts, PART)
        first = await anext(cut)
        if len(first) < PART:
            with _told():
                await self.client.put_object(**self._object(content), Body=first)
            return
        with _told():
            begun = await self.client.create_multipart_upload(**self._object(content))
        upload = {**self._object(content), "UploadId": begun["UploadId"]}
        try:
            await self._upload(upload, first, cut)
        except BaseException:
            await self._abort(upload)
            raise

    async def read(self, content: UUID) -> AsyncIterator[bytes]:
        with _told(content):
            found = await self.client.get_object(**self._object(content))
        async with found["Body"] as body:
            while True:
                with _told():
                    part: bytes = await body.read(READ)
                if not part:
                    break
                yield part

    async def delete(self, content: UUID) -> None:
        where = self._object(content)
        with _told():
            uploads = await self.client.list_multipart_uploads(
                Bucket=where["Bucket"], Prefix=where["Key"]
            )
            for upload in uploads.get("Uploads", ()):
                await self.client.abort_multipart_upload(**where, UploadId=upload["UploadId"])
            await self.client.delete_object(**where)

    async def _upload(
        self, upload: dict[str, str], first: bytes, rest: AsyncIterator[bytes]
    ) -> None:
        tags = [await self._upload_part(upload, 1, first)]
        async for part in rest:
            if part:
                tags.append(await self._upload_part(upload, len(tags) + 1, part))
        listed = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
        with _told():
            await self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})

    async def _upload_part(self, upload: dict[str, str], number: int, part: bytes) -> str:
        with _told():
            answer = await self.client.upload_part(**upload, PartNumber=number, Body=part)
        tag: str = answer["ETag"]
        return tag

    async def _abort(self, upload: dict[str, str]) -> None:
        """Best effort: deleting the content does it again."""
        try:
            await self.client.abort_multipart_upload(**upload)
        except (BotoCoreError, ClientError, ConnectionEndedError, OSError):
            return

    async def _check(self) -> None:
        try:
            await self.client.head_bucket(Bucket=self.bucket.name)
        except (NoCredentialsError, PartialCredentialsError, ParamValidationError) as error:
            raise ConfigurationError(
                "The bucket of FILES_URL cannot be opened: set AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY, or give this machine a role."
            ) from error
        except ClientError as error:
            raise _refusal(self.bucket.name, error) from error
        except (BotoCoreError, RecursionError, ConnectionEndedError, OSError) as error:
            if _in_circles(error):
                raise ConfigurationError(
                    f"The bucket {self.bucket.name} is not at the endpoint of FILES_URL."
                ) from error
            raise UnavailableError(f"the bucket of files: {type(error).__name__}") from error

    def _object(self, content: UUID) -> dict[str, str]:
        key = f"{self.bucket.prefix}{'/'.join(place_of(content))}"
        return {"Bucket": self.bucket.name, "Key": key}


@contextmanager
def _told(content: UUID | None = None) -> Iterator[None]:
    """Tell what went wrong in words of ours. `content`: it may be missing."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if content is not None and code in MISSING:
            raise LostFileError(f"the content {content} is not there") from error
        raise UnavailableError(f"the bucket of files: {code}") from error
    except (BotoCoreError, ConnectionEndedError, OSError) as error:
        raise UnavailableError(f"the bucket of files: {type(error).__name__}") from error


def _in_circles(error: Exception) -> bool:
    """Whether the library followed a redirect to itself until it could not; it may wrap that."""
    return isinstance(error, RecursionError) or isinstance(error.__context__, RecursionError)


def _refusal(name: str, error: ClientError) -> BotError:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    match status:
        case 404:
            return ConfigurationError(
                f"FILES_URL names the bucket {name}, which does not exist: create it first."
            )
        case 401 | 403:
            return ConfigurationError(
                f"The bucket {name} refuses us: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
                " and that they may read, write and delete its objects."
            )
        case _ if status == 429 or status >= 500:
            return UnavailableError(f"the bucket of files: it answers {status}")
        case _:
            return ConfigurationError(f"The bucket {name} cannot be used: it answers {status}.")
