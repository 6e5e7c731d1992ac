"""Which addresses of the internet may be connected to, when somebody else names them.

Whatever a name resolves to, and wherever a redirect leads: it is the address of the socket that
is checked, so that nothing can change between the check and the connection.
"""

import errno
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.connector import AddrInfoType

REFUSED = "is not an address of the public internet"

NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
            "168.63.129.16/32",  # Azure's own services, at a public address
            *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20"),
            *("5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
        ),
    )
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry and its sister of IPv6."""

TRANSLATED = ip_network("64:ff9b::/96")


class RefusedAddressError(OSError):
    """The connection would not have left for the public internet."""


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, with whatever is wrapped in it."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(
        one.is_global
        and not one.is_multicast
        and not any(one in net for net in NOT_PUBLIC if net.version == one.version)
        for one in (found, *_within(found))
    )


def socket_factory(*, allow_private: bool) -> Callable[[AddrInfoType], socket.socket]:
    """Makes the sockets of a connector: for an address that is refused there is none."""

    def open_socket(about: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = about
        if not allow_private and not is_public(str(where[0])):
            raise RefusedAddressError(errno.EACCES, f"{where[0]} {REFUSED}")
        return socket.socket(family, kind, protocol)

    return open_socket


def _within(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The addresses of IPv4 that one of IPv6 stands for."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in TRANSLATED:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]
