"""Files: sent one by one or as an album, and fetched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.telegram.files import Stored, check_photo, document_content, photo_content
from simulator.telegram.methods.messages import Messages, captioned
from simulator.telegram.methods.places import chat_of
from simulator.telegram.parameters import UPLOAD_LIMIT, Upload
from simulator.telegram.refusals import Json, RefusedError, bad_request
from simulator.telegram.world import World

if TYPE_CHECKING:
    from simulator.telegram.methods import Method

ALBUM = range(2, 11)
ATTACHED = "attach://"
CONTENTS: Mapping[str, Callable[[Stored], Json]] = {
    "document": document_content,
    "photo": photo_content,
}


@dataclass(frozen=True, slots=True)
class Media:
    """Documents and photos."""

    world: World
    messages: Messages

    def table(self) -> "Mapping[str, Method]":
        """The methods by name."""
        return {
            "sendDocument": self.send_document,
            "sendPhoto": self.send_photo,
            "sendMediaGroup": self.send_group,
            "getFile": self.get_file,
        }

    async def send_document(self, parameters: Json) -> object:
        return self._send(parameters, "document")

    async def send_photo(self, parameters: Json) -> object:
        return self._send(parameters, "photo")

    async def send_group(self, parameters: Json) -> object:
        media = parameters.get("media")
        if not isinstance(media, list) or len(media) not in ALBUM:
            raise bad_request("there must be 2 to 10 items in the album")
        parts = [self._part(parameters, one) for one in media]
        chat = chat_of(self.world, parameters)
        self.world.pace.count(chat)
        album = {"media_group_id": str(abs(hash(self.world.clock.now())))}
        return [self.messages.publish(parameters, {**part, **album}) for part in parts]

    async def get_file(self, parameters: Json) -> object:
        return self.world.files.get_file(str(parameters.get("file_id")))

    def _send(self, parameters: Json, kind: str) -> object:
        chat = chat_of(self.world, parameters)
        content = self._content(parameters, kind, parameters.get(kind)) | captioned(parameters)
        return self.messages.publish(parameters, content, pays=chat)

    def _part(self, parameters: Json, item: object) -> Json:
        if not isinstance(item, dict) or item.get("type") not in CONTENTS:
            raise bad_request("this stand-in takes documents and photos in an album")
        kind = str(item["type"])
        return self._content(parameters, kind, item.get("media")) | captioned(item)

    def _content(self, parameters: Json, kind: str, given: object) -> Json:
        return CONTENTS[kind](self._stored(parameters, kind, given))

    def _stored(self, parameters: Json, kind: str, given: object) -> Stored:
        """A new file, or one that the server knows already by its id."""
        if isinstance(given, str) and given.startswith(ATTACHED):
            given = parameters.get(given.removeprefix(ATTACHED))
        if isinstance(given, Upload):
            return self._uploaded(given, kind)
        stored = self.world.files.by_id.get(str(given))
        if stored is None:
            raise bad_request("wrong remote file identifier specified")
        return stored

    def _uploaded(self, upload: Upload, kind: str) -> Stored:
        if not upload.content:
            raise bad_request("file must be non-empty")
        if len(upload.content) > UPLOAD_LIMIT:
            raise RefusedError(413, "Request Entity Too Large")
        if kind == "photo":
            check_photo(upload)
        return self.world.files.keep(upload, folder=f"{kind}s")
