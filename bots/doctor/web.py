"""The bot's HTTP address: its port, and what others know it by."""

import errno
import os
import socket
from collections.abc import AsyncGenerator
from ipaddress import ip_address
from urllib.parse import urlsplit

from bots.doctor.calls import ask
from bots.doctor.report import Finding, broken, ok, warning
from bots.settings import Settings
from core.errors import UnavailableError

PORT, PUBLIC = "HTTP port", "PUBLIC_URL"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - looked up
OUTSIDE = "whether it is reached from outside cannot be tested from here"


async def look_at_port(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Free, or ours, or another's."""
    place = f"{settings.http_host}:{settings.http_port}"
    number = _refusal(settings.http_host, settings.http_port)
    if number == 0:
        yield ok(PORT, f"{place} is free")
    elif number == errno.EADDRINUSE:
        yield await _taken(settings, place)
    elif number == errno.EACCES:
        cure = "set HTTP_PORT to a number above 1023"
        yield broken(PORT, f"{place} may not be used by this user", cure=cure)
    else:
        cure = "set HTTP_HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0"
        yield broken(PORT, f"{place} cannot be used ({os.strerror(number).lower()})", cure=cure)


async def look_at_public_url(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Its form only."""
    if settings.public_url is None:
        return
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    if not host:
        cure = "write it as https://bot.example.org"
        yield broken(PUBLIC, "there is no host in it", cure=cure)
    elif parts.username or parts.query or parts.fragment:
        cure = f"write it as {parts.scheme}://{host}"
        yield broken(PUBLIC, "it holds a login or a query, which no address here needs", cure=cure)
    elif parts.scheme != "https":
        cure = "serve it over https, by a proxy in front of the bot, and write https://"
        yield warning(PUBLIC, f"{host} is not https, which the platforms insist on", cure=cure)
    elif is_private(host):
        cure = "set it to an address on the internet, or leave it out"
        yield warning(PUBLIC, f"{host} is on no public network", cure=cure)
    else:
        yield ok(PUBLIC, f"https at {host}; {OUTSIDE}")


def _refusal(host: str, port: int) -> int:
    """What the operating system says to listening there: its number, 0 for nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        return errno.EADDRNOTAVAIL
    with socket.socket(family, kind, protocol) as probe:
        # As the server does it: what is left of ended connections is in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            return error.errno or errno.EADDRNOTAVAIL
    return 0


async def _taken(settings: Settings, place: str) -> Finding:
    host = EVERYWHERE.get(settings.http_host, settings.http_host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
    try:
        health = await ask(f"{address}/health")
        ready = await ask(f"{address}/ready")
        is_ours = health.fields.get("status") == "ok" and "postgres" in ready.fields["parts"]
    except (UnavailableError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        cure = "set HTTP_PORT to a free port, or end the other program"
        return broken(PORT, f"{place} is taken by another program", cure=cure)
    parts = {name: said for name, said in ready.fields["parts"].items() if said != "up"}
    if not parts:
        return ok(PORT, f"a bot of ours runs at {place}, and all of it is up")
    found = ", ".join(f"{name} is {said}" for name, said in parts.items())
    cure = "see its log, and the lines below"
    return warning(PORT, f"a bot of ours runs at {place}; {found}", cure=cure)


def is_private(host: str) -> bool:
    """Whether a host is on no public network, as far as its name says."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host
