"""Open the store of contents that an address names."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from adapters.stores.files.directory import DirectoryContents
from core.errors import ConfigurationError
from core.ports.files import FileContents

EXAMPLES = "file:///var/lib/trialogue/files or s3://bucket/prefix?endpoint=https://s3.example.org"
OPTIONS = frozenset({"endpoint", "region"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How a bucket is opened; what is None is found where clients of AWS look for it."""

    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str | None = None


@asynccontextmanager
async def open_contents(
    url: str, credentials: Credentials | None = None
) -> AsyncIterator[FileContents]:
    """Open a directory (`file:///path`) or a bucket (`s3://bucket/prefix?endpoint=...&region=...`).

    `ConfigurationError` when it can never work, `UnavailableError` when it may later.
    """
    address = check_address(url)
    if address.scheme == "file":
        yield DirectoryContents.prepare(Path(unquote(address.path)))
        return
    try:
        from adapters.stores.files.bucket import Bucket, BucketContents  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "Files in a bucket need an extra package: `pip install 'trialogue[s3]'`."
        ) from error
    options, found = _options(address), credentials or Credentials()
    prefix = unquote(address.path).strip("/")
    bucket = Bucket(
        name=address.netloc,
        prefix=f"{prefix}/" if prefix else "",
        endpoint=options.get("endpoint"),
        region=options.get("region") or found.region,
        access_key=found.access_key,
        secret_key=found.secret_key,
        session_token=found.session_token,
    )
    async with BucketContents.open(bucket) as contents:
        yield contents


def check_address(url: str) -> SplitResult:
    """Read an address, without repeating it where it is wrong: it may hold a password."""
    try:
        address = urlsplit(url)
        options = _options(address)
        endpoint = urlsplit(options.get("endpoint", "https://s3"))
        _ = address.port, endpoint.port
    except ValueError:
        raise ConfigurationError(f"FILES_URL is no address: expected {EXAMPLES}.") from None
    if "@" in address.netloc or "@" in endpoint.netloc:
        raise ConfigurationError(
            "FILES_URL must not hold a login: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    match address.scheme:
        case "file" if not address.netloc and len(address.path) > 1 and not address.query:
            return address
        case "s3" if (
            address.netloc
            and options.keys() <= OPTIONS
            and endpoint.scheme in {"http", "https"}
            and endpoint.netloc
        ):
            return address
        case _:
            raise ConfigurationError(f"FILES_URL must be an address such as {EXAMPLES}.")


def _options(address: SplitResult) -> Mapping[str, str]:
    given = parse_qs(address.query, strict_parsing=bool(address.query))
    return {name: values[-1] for name, values in given.items()}
