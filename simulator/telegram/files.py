"""Files that people and the bot have sent."""

import secrets
from dataclasses import dataclass, field

from simulator.telegram.parameters import Upload
from simulator.telegram.refusals import Json, bad_request

DOWNLOAD_LIMIT = 20 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
LONGEST_SIDES = 10_000
LARGEST_RATIO = 20
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file; `size` may claim more than there is."""

    id: str
    path: str
    upload: Upload
    size: int

    @property
    def description(self) -> Json:
        """Telegram's `File`, without its path."""
        return {"file_id": self.id, "file_unique_id": self.id[:16], "file_size": self.size}


@dataclass(slots=True)
class Files:
    """By id and by path."""

    by_id: dict[str, Stored] = field(default_factory=dict)
    by_path: dict[str, Stored] = field(default_factory=dict)

    def keep(self, upload: Upload, *, folder: str, size: int | None = None) -> Stored:
        """Store a file under a new id."""
        suffix = upload.name.rpartition(".")[2] if "." in upload.name else "bin"
        path = f"{folder}/file_{len(self.by_id)}.{suffix}"
        stored = Stored(
            id=secrets.token_urlsafe(24),
            path=path,
            upload=upload,
            size=len(upload.content) if size is None else size,
        )
        self.by_id[stored.id] = self.by_path[path] = stored
        return stored

    def get_file(self, file_id: str) -> Json:
        """The method `getFile`."""
        stored = self.by_id.get(file_id)
        if stored is None:
            raise bad_request("invalid file_id")
        if stored.size > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        return {**stored.description, "file_path": stored.path}


def document_content(stored: Stored) -> Json:
    """What a message with a document holds."""
    return {
        "document": {
            **stored.description,
            "file_name": stored.upload.name,
            "mime_type": stored.upload.content_type,
        }
    }


def photo_content(stored: Stored) -> Json:
    """What a message with a photo holds."""
    width, height = dimensions(stored.upload.content)
    return {"photo": [{**stored.description, "width": width, "height": height}]}


def dimensions(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG; of anything else a guess."""
    if content.startswith(PNG) and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    return 320, 240


def check_photo(upload: Upload) -> None:
    """Refuse what Telegram takes only as a document."""
    width, height = dimensions(upload.content)
    longer, shorter = max(width, height), max(min(width, height), 1)
    if len(upload.content) > PHOTO_LIMIT:
        raise bad_request("file is too big for a photo")
    if width + height > LONGEST_SIDES or longer / shorter > LARGEST_RATIO:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
