"""The CDN: files behind addresses that are signed and expire.

https://discord.com/developers/docs/reference#signed-attachment-cdn-urls.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from simulator.discord.calls import Upload
from simulator.discord.objects import JSON, attachment
from simulator.discord.world import World

PREFIX = "/cdn/attachments/"
GOOD_FOR = timedelta(hours=24)


class Files:
    """What was uploaded. `origin` is the server's own address."""

    def __init__(self, world: World) -> None:
        self.origin = ""
        self._world = world
        self._kept: dict[str, tuple[str, Upload]] = {}
        self._paths: dict[str, str] = {}

    def keep(
        self, channel: str, uploads: Sequence[Upload], said: JSON, *, is_private: bool = False
    ) -> list[JSON]:
        """Keep a message's files, as it shows them; `attachments` of the call may rename them."""
        named = {str(one.get("id")): one.get("filename") for one in said.get("attachments") or ()}
        return [
            self._attachment(
                channel, upload, named.get(upload.field[6:-1]) or upload.filename, is_private
            )
            for upload in uploads
        ]

    def found(self, identifier: str) -> Upload | None:
        """What was uploaded, by the attachment's id."""
        kept = self._kept.get(self._paths.get(identifier, ""))
        return kept[1] if kept else None

    def renew(self, channel: str, shown: JSON, upload: Upload) -> JSON:
        """An attachment of a world that was there before, at an address of now."""
        url = self._address(channel, shown["id"], shown["filename"], upload)
        return {**shown, "url": url, "proxy_url": url}

    def serve(self, request: web.BaseRequest) -> web.Response:
        """Answer with a file."""
        found = self._kept.get(request.path)
        expires = request.query.get("ex", "")
        if found is None or request.query.get("hm") != found[0]:
            return web.Response(status=404, text="This content is no longer available.")
        try:
            is_over = int(expires, 16) < self._world.now().timestamp()
        except ValueError:
            is_over = True
        if is_over:
            return web.Response(status=404, text="This content is no longer available.")
        upload = found[1]
        return web.Response(body=upload.content, headers={"Content-Type": upload.content_type})

    def _attachment(self, channel: str, upload: Upload, name: str, is_private: bool) -> JSON:
        identifier = self._world.next_id()
        return attachment(
            identifier=identifier,
            filename=name,
            size=len(upload.content),
            content_type=upload.content_type,
            url=self._address(channel, identifier, name, upload),
            is_private=is_private,
        )

    def _address(self, channel: str, identifier: str, name: str, upload: Upload) -> str:
        path = f"{PREFIX}{channel}/{identifier}/{name}"
        mark = secrets.token_hex(32)
        self._kept[path] = (mark, upload)
        self._paths[identifier] = path
        expires = int((self._world.now() + GOOD_FOR).timestamp())
        return f"{self.origin}{path}?ex={expires:x}&is={expires - 86_400:x}&hm={mark}&"
