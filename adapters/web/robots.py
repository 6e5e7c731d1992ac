"""What a site asks of programs: https://www.rfc-editor.org/rfc/rfc9309."""

from dataclasses import dataclass
from datetime import timedelta

from protego import Protego
from yarl import URL

from adapters.web.fetch import AGENT, Fetcher, FetchError

LARGEST = 512 * 1024  # bytes
LONGEST_DELAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules of one host for us."""

    rules: Protego

    @property
    def delay(self) -> timedelta:
        """How long to wait between two pages, within reason."""
        seconds = float(self.rules.crawl_delay(AGENT) or 0)
        return min(timedelta(seconds=max(seconds, 0)), LONGEST_DELAY)

    def allow(self, url: URL) -> bool:
        """Whether a page may be read."""
        return bool(self.rules.can_fetch(str(url), AGENT))


async def robots_of(fetcher: Fetcher, site: URL) -> Robots:
    """The rules of a site; none where it has no robots.txt.

    `FetchError`: they cannot be had, and then nothing may be read.
    """
    address = site.origin() / "robots.txt"
    try:
        found = await fetcher.get(address, most=LARGEST)
    except FetchError as error:
        if error.gone or "answered 4" in str(error):
            return Robots(rules=Protego.parse(""))
        raise FetchError(f"its robots.txt cannot be read: {error}") from error
    return Robots(rules=Protego.parse(found.content.decode("utf-8", "replace")))
