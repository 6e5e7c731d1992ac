"""Files of messages: https://discord.com/developers/docs/reference#signed-attachment-cdn-urls."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import aiohttp

from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.downloads import LARGEST, checked, download
from core.errors import FileUnavailableError, NotPostedError
from core.messages import Attachment

LIMIT = LARGEST
HOSTS = ("cdn.discordapp.com",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Files by their addresses, which are signed, good for a day, and need no token."""

    config: DiscordConfig
    session: Callable[[], aiohttp.ClientSession]

    async def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Read a file. As `FetchesFiles.fetch`."""
        url = checked(attachment.reference, hosts=HOSTS, api_url=self.config.api_url)
        try:
            session = self.session()
        except NotPostedError as error:
            raise FileUnavailableError(str(error)) from error
        async with aclosing(download(session, url)) as content:
            async for part in content:
                yield part
