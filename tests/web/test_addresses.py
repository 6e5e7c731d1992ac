"""Which addresses are connected to: of the public internet, whatever a name or redirect says."""

import socket
from collections.abc import Sequence

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from adapters.web.addresses import is_public
from adapters.web.fetch import FetchError, open_fetcher, same_host

PUBLIC = ("93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:82b::200e")
NOT_PUBLIC = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "169.254.170.2", "100.64.0.1", "192.0.0.170", "198.18.0.1"),
    *("192.0.2.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1"),
    *("2001:0:4136:e378:8000:63bf:80ff:fffe", "2002:c0a8:101::1", "not an address", ""),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_connected_to(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_within_one_of_ipv6(address: object) -> None:
    assert is_public(f"::ffff:{address}") <= is_public(str(address))


class Names(AbstractResolver):
    """Answers each look-up of a name with the next of its addresses, as a rebinding server does."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host, host=answer, port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


async def refused(address: str, *, answers: Sequence[str] = ()) -> str:
    async with open_fetcher(resolver=Names(*answers) if answers else None) as fetcher:
        with pytest.raises(FetchError) as error:
            await fetcher.get(URL(address), most=1000)
    return str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "https://127.0.0.1:6379/",
    ],
)
async def test_nobody_is_led_into_the_own_network(address: str) -> None:
    said = await refused(address)
    # A number is no name of a host: it is refused before anything is looked up.
    assert "not an address of the public internet" in said or "InvalidUrl" in said


async def test_a_name_that_resolves_to_the_own_network_is_refused() -> None:
    said = await refused("http://innocent.example/", answers=["10.1.2.3"])
    assert "not an address of the public internet" in said


async def test_a_name_that_changes_its_address_between_look_ups_is_refused() -> None:
    """The first answer is not even routable: only the second, which is used, can be judged."""
    async with open_fetcher(resolver=(names := Names("93.184.215.14", "127.0.0.1"))) as fetcher:
        await names.resolve("innocent.example")
        with pytest.raises(FetchError, match="not an address of the public internet"):
            await fetcher.get(URL("http://innocent.example/"), most=1000)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("file:///etc/passwd", "no address that begins with https"),
        ("gopher://a.example/", "no address that begins with https"),
        ("http://user:secret@a.example/", "a name or a password"),
    ],
)
async def test_other_kinds_of_addresses_are_refused(address: str, reason: str) -> None:
    said = await refused(address)
    assert reason in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/", "https://a.example/x", True),
        ("https://a.example/", "https://a.example:443/", True),
        ("https://a.example/", "https://a.example:8443/", False),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example/", "https://a.example.evil.example/", False),
        ("http://a.example:8080/", "http://a.example:8080/x", True),
    ],
)
def test_a_host_is_told_by_its_name_and_port(one: str, other: str, same: bool) -> None:
    assert same_host(URL(one), URL(other)) is same
