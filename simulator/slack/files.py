"""Files: https://docs.slack.dev/messaging/working-with-files#upload."""

import secrets
import time
from dataclasses import dataclass, field

from aiohttp import web

from simulator.slack.calls import RefusalError, needed, structure
from simulator.slack.chat import Chat
from simulator.slack.workspace import BOT_USER, TEAM, Json

UPLOAD = "/upload/v1/"
PRIVATE = "/files-pri/"
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"


@dataclass(slots=True, eq=False)
class File:
    """A file with its content, once that has arrived."""

    about: Json
    length: int
    content: bytes = b""
    arrived: bool = False


@dataclass(slots=True, kw_only=True)
class Files:
    """The files of one workspace."""

    chat: Chat
    token: str
    address: str = ""
    kept: dict[str, File] = field(default_factory=dict)
    _uploads: dict[str, File] = field(default_factory=dict)

    def upload_url(self, arguments: Json) -> Json:
        """Serve `files.getUploadURLExternal`."""
        name, length = needed(arguments, "filename"), str(arguments.get("length", ""))
        if not length.isdigit() or length == "0":
            raise RefusalError("invalid_arguments")
        file = self.keep(name, int(length), BOT_USER)
        ticket = secrets.token_urlsafe(16)
        self._uploads[ticket] = file
        return {
            "upload_url": f"{self.address}{UPLOAD}{ticket}",
            "file_id": file.about["id"],
        }

    def complete(self, arguments: Json) -> Json:
        """Serve `files.completeUploadExternal`: share what was uploaded, as one message."""
        listed = structure(arguments, "files")
        if not isinstance(listed, list) or not listed:
            raise RefusalError("invalid_arguments")
        found = [self._arrived(one) for one in listed]
        abouts = [file.about for file in found]
        channel = str(arguments.get("channel_id") or arguments.get("channels") or "")
        if channel:
            self._share(abouts, channel, arguments)
        return {"files": abouts}

    def info(self, arguments: Json) -> Json:
        """Serve `files.info`."""
        file = self.kept.get(str(arguments.get("file")))
        if file is None:
            raise RefusalError("file_not_found")
        return {"file": file.about, "comments": [], "response_metadata": {"next_cursor": ""}}

    def _arrived(self, listed: object) -> File:
        file = self.kept.get(str(listed.get("id"))) if isinstance(listed, dict) else None
        if file is None or not file.arrived:
            raise RefusalError("file_not_found")
        return file

    def keep(self, name: str, length: int, user: str) -> File:
        """Make room for a file."""
        identifier = f"F{secrets.token_hex(5).upper()}"
        url = f"{self.address}{PRIVATE}{TEAM}-{identifier}/{name}"
        about: Json = {
            "id": identifier,
            "created": int(time.time()),
            "name": name,
            "title": name,
            "mimetype": "application/octet-stream",
            "filetype": name.rpartition(".")[2],
            "user": user,
            "mode": "hosted",
            "size": length,
            "url_private": url,
            "url_private_download": f"{url}?download=1",
            "permalink": f"https://trialogue.slack.com/files/{user}/{identifier}",
        }
        file = self.kept[identifier] = File(about, length)
        return file

    def move_to(self, address: str) -> None:
        """Give away another address from now on, for the files that are there too."""
        for file in self.kept.values():
            for name in ("url_private", "url_private_download"):
                _, _, rest = str(file.about[name]).partition(PRIVATE)
                file.about[name] = f"{address}{PRIVATE}{rest}"
        self.address = address

    async def receive(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take the bytes of an upload, raw or as a form's `file`."""
        file = self._uploads.pop(request.path.removeprefix(UPLOAD), None)
        if file is None:
            return web.Response(status=404)
        content = await request.read()
        if request.content_type == "multipart/form-data":
            return web.Response(status=415, text="the stand-in takes raw bytes only")
        if len(content) != file.length:
            return web.Response(status=400, text="length mismatch")
        file.content, file.arrived = content, True
        return web.Response(text=f"OK - {len(content)}")

    async def download(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a `url_private`: without the token there is only a page to log in."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        identifier = request.path.removeprefix(PRIVATE).partition("/")[0].partition("-")[2]
        file = self.kept.get(identifier)
        if file is None or not file.arrived:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type=str(file.about["mimetype"]))

    def _share(self, abouts: list[Json], channel: str, arguments: Json) -> None:
        names = " ".join(str(about["name"]) for about in abouts)
        message: Json = {
            "channel": channel,
            "text": str(arguments.get("initial_comment") or names),
            "thread_ts": arguments.get("thread_ts"),
        }
        if not self.chat.workspace.has_channel(channel):
            raise RefusalError("channel_not_found")
        shared = self.chat.accept(message)
        self.chat.workspace.messages[channel, str(shared["ts"])]["files"] = abouts
