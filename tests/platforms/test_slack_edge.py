"""Slack's door: what is signed comes in, and nothing makes it fail."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.platforms.http.body import LIMIT as BODY_LIMIT
from adapters.platforms.slack.edge import Edge
from adapters.platforms.slack.signature import sign, verify
from core.errors import UnavailableError
from tests.platforms.slack import NOW, SECRET, Received, sample, served, taking

JSON_TYPE = {"Content-Type": "application/json"}
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Door:
    """The edge on a real socket, and a client that signs."""

    edge: Edge
    received: Received
    session: aiohttp.ClientSession
    url: str
    timestamp: str = field(default_factory=lambda: str(int(NOW.timestamp())))

    async def post(
        self,
        body: bytes,
        *,
        secret: str = SECRET,
        timestamp: str | None = None,
        headers: dict[str, str] = JSON_TYPE,
        **changed: str,
    ) -> tuple[int, bytes]:
        at = self.timestamp if timestamp is None else timestamp
        signed = {
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": sign(secret.encode(), at, body),
            **headers,
            **{name.replace("_", "-"): value for name, value in changed.items()},
        }
        async with self.session.post(self.url, data=BytesIO(body), headers=signed) as response:
            return response.status, await response.read()

    async def tell(self, payload: object, **how: Any) -> int:
        return (await self.post(json.dumps(payload).encode(), **how))[0]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    received = Received()
    async with (
        taking(received) as edge,
        served(list(edge.routes)) as base,
        aiohttp.ClientSession() as session,
    ):
        yield Door(edge, received, session, base + "/slack/events")


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """For hypothesis, which runs its examples from a plain function."""
    with asyncio.Runner() as runner:
        yield runner


async def test_a_signed_event_is_handed_over_and_acknowledged(door: Door) -> None:
    assert await door.tell(sample("app_mention")) == 200
    assert [message.dedupe_key for message in door.received.messages] == [
        "Ev123ABC456:T061EG9R6:C123ABC456:1515449522.000016"
    ]


async def test_statement_01_a_wrong_signature_brings_nothing_in(door: Door) -> None:
    assert await door.tell(sample("app_mention"), secret="not-the-secret") == 401
    assert await door.tell(sample("app_mention"), X_Slack_Signature="v0=") == 401
    assert door.received.messages == []


@pytest.mark.parametrize(("age", "status"), [(299, 200), (-299, 200), (301, 401), (-301, 401)])
async def test_statement_02_a_request_is_good_for_five_minutes(
    door: Door, age: int, status: int
) -> None:
    sent = str(int((NOW - timedelta(seconds=age)).timestamp()))
    assert await door.tell(sample("app_mention"), timestamp=sent) == status
    assert len(door.received.messages) == (status == 200)


@pytest.mark.parametrize("timestamp", ["abc", "", "1e9", "-5", "9" * 5000, " 17", "１７"])
async def test_statement_03_a_timestamp_that_is_none_is_refused(door: Door, timestamp: str) -> None:
    assert await door.tell(sample("app_mention"), timestamp=timestamp) == 401


async def test_statement_03_missing_and_strange_headers_are_refused(door: Door) -> None:
    async with door.session.post(door.url, data=b"{}") as response:
        assert response.status == 401
    assert await door.tell({}, X_Slack_Signature="v0=ünïcödé\u2603") == 401


@pytest.mark.parametrize("body", [b"", b"no json", b"\xff\xfe", b"\x00" * 100])
async def test_statement_04_an_unsigned_body_is_refused_whatever_it_is(
    door: Door, body: bytes
) -> None:
    assert (await door.post(body, secret="not-the-secret"))[0] == 401


async def test_statement_06_the_previous_secret_counts_until_it_is_taken_away(door: Door) -> None:
    door.edge.secrets = [b"the-new-secret", SECRET.encode()]
    assert await door.tell(sample("app_mention")) == 200
    assert await door.tell(sample("message_im"), secret="the-new-secret") == 200
    door.edge.secrets = [b"the-new-secret"]
    assert await door.tell(sample("app_mention")) == 401


async def test_statement_04_two_megabytes_are_refused_before_they_are_read(door: Door) -> None:
    assert (await door.post(b"x" * 2_000_000))[0] == 413
    assert await door.tell(sample("app_mention")) == 200


def test_statement_04_a_large_body_in_chunks_is_refused_too(loop: asyncio.Runner) -> None:
    async def talk() -> list[int]:
        async with taking(Received()) as edge, served(list(edge.routes)) as base:
            return await asyncio.to_thread(send, base)

    def send(base: str) -> list[int]:
        with closing(HTTPConnection(base.removeprefix("http://"), timeout=20)) as connection:
            statuses = []
            for pieces in (200, 2):
                chunks = iter([b"x" * 10_000] * pieces)
                connection.request("POST", "/slack/events", chunks, encode_chunked=True)
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
            return statuses

    assert loop.run(talk()) == [413, 401]


async def test_a_body_of_just_the_limit_is_read(door: Door) -> None:
    body = b'{"type":"x","pad":"' + b"x" * (BODY_LIMIT - 21) + b'"}'
    assert len(body) == BODY_LIMIT
    assert (await door.post(body))[0] == 200
    assert (await door.post(body + b" "))[0] == 413


async def test_a_bomb_and_a_broken_archive_are_refused(door: Door) -> None:
    packed = {**JSON_TYPE, "Content-Encoding": "gzip"}
    for body in (gzip.compress(b"x" * 50_000_000), b"no archive"):
        status, _ = await door.post(body, headers=packed)
        assert status in {400, 413}


async def test_statement_05_the_address_is_confirmed_only_when_signed(door: Door) -> None:
    payload = sample("url_verification")
    status, answer = await door.post(json.dumps(payload).encode())
    assert (status, json.loads(answer)) == (200, {"challenge": payload["challenge"]})
    assert await door.tell(payload, secret="not-the-secret") == 401
    assert await door.tell({"type": "url_verification", "challenge": [1]}) == 400


@pytest.mark.parametrize("name", ["ignored_reaction_added", "ignored_app_uninstalled"])
async def test_statement_12_an_event_of_a_type_nobody_listens_to_is_acknowledged(
    door: Door, name: str
) -> None:
    assert await door.tell(sample(name)) == 200
    assert await door.tell({"type": "app_rate_limited", "minute_rate_limited": 1518467820}) == 200
    assert await door.tell({"type": "something_new"}) == 200
    assert door.received.messages == []


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"7", b"\xff", b"[" * 100_000, b'{"a":'])
async def test_a_signed_body_that_is_no_object_is_a_bad_request(door: Door, body: bytes) -> None:
    assert (await door.post(body))[0] == 400


async def test_a_lone_surrogate_is_handed_over_mended(door: Door) -> None:
    payload: dict[str, Any] = sample("message_im")
    payload["event"]["text"] = "half \ud83d an emoji, and \x00"
    assert await door.tell(payload) == 200
    assert [message.text for message in door.received.messages] == [
        "half \ufffd an emoji, and \ufffd"
    ]


async def test_statement_14_slack_is_asked_to_come_back_when_the_store_is_away(door: Door) -> None:
    door.received.error = UnavailableError("no database")
    assert await door.tell(sample("app_mention"), X_Slack_Retry_Num="1") == 503
    door.received.error = None
    assert await door.tell(sample("app_mention"), X_Slack_Retry_Num="2") == 200
    assert len(door.received.messages) == 1


async def test_a_fault_of_ours_is_no_500(door: Door) -> None:
    door.received.error = ZeroDivisionError("a fault")
    assert await door.tell(sample("app_mention")) == 503


async def test_nothing_is_taken_before_listening(door: Door) -> None:
    async with taking(door.received, listens=False) as closed:
        door.edge.intake = closed.intake
    assert await door.tell(sample("app_mention")) == 503
    assert await door.tell(sample("app_mention"), secret="not-the-secret") == 401
    assert await door.tell(sample("url_verification")) == 200


async def test_the_acknowledgement_waits_for_the_commit(door: Door) -> None:
    committed = asyncio.Event()

    async def commit(_message: object) -> None:
        await committed.wait()

    door.received.on_message = commit
    async with asyncio.TaskGroup() as group:
        answer = group.create_task(door.tell(sample("app_mention")))
        await asyncio.sleep(0.05)
        assert not answer.done()
        committed.set()
    assert answer.result() == 200


def form(**fields: object) -> bytes:
    return urlencode(fields).encode()


async def test_a_command_is_taken_and_answered_with_nothing(door: Door) -> None:
    body = form(**sample("command"))
    assert await door.post(body, headers=FORM_TYPE) == (200, b"")
    assert [message.text for message in door.received.messages] == ["/weather 94070"]
    assert (await door.post(body, headers=FORM_TYPE, secret="not-the-secret"))[0] == 401
    assert len(door.received.messages) == 1


async def test_a_click_is_taken_and_answered_with_nothing(door: Door) -> None:
    body = form(payload=json.dumps(sample("block_actions")))
    assert await door.post(body, headers=FORM_TYPE) == (200, b"")
    assert [message.text for message in door.received.messages] == ["click_me_123"]


async def test_statement_14_what_comes_once_and_is_not_taken_says_so(door: Door) -> None:
    door.received.error = UnavailableError("no database")
    status, answer = await door.post(form(**sample("command")), headers=FORM_TYPE)
    told = json.loads(answer)
    assert (status, told["response_type"]) == (200, "ephemeral")
    assert "try again" in told["text"]
    clicked = form(payload=json.dumps(sample("block_actions")))
    assert await door.post(clicked, headers=FORM_TYPE) == (200, b"")
    ((url, text),) = door.received.apologies
    assert url == "https://hooks.slack.com/actions/AABA1ABCD/1232321423432/D09sSasdasdAS9091209"
    assert "try again" in text


async def test_before_listening_a_command_is_told_to_come_again(door: Door) -> None:
    async with taking(door.received, listens=False) as closed:
        door.edge.intake = closed.intake
    status, answer = await door.post(form(**sample("command")), headers=FORM_TYPE)
    assert (status, "try again" in json.loads(answer)["text"]) == (200, True)


async def test_slacks_check_of_the_certificate_is_not_signed(door: Door) -> None:
    async with door.session.post(
        door.url, data=b"ssl_check=1&token=x&command=%2Fask", headers=FORM_TYPE
    ) as response:
        assert (response.status, await response.read()) == (200, b"")
    assert door.received.messages == []


@pytest.mark.parametrize(
    "body",
    [
        form(payload=json.dumps({"type": "view_submission", "view": {}})),
        form(payload=json.dumps({"type": "view_closed"})),
        form(payload=json.dumps({"type": "shortcut", "callback_id": "x"})),
        form(payload=json.dumps({"type": "block_actions"})),
        form(payload="no json"),
        form(payload="[1]"),
        form(command="no slash", team_id="T1"),
        form(something="else"),
        b"\xff=%ff&=&",
        b"",
    ],
)
async def test_other_forms_are_acknowledged_and_ignored(door: Door, body: bytes) -> None:
    assert await door.post(body, headers=FORM_TYPE) == (200, b"")
    assert door.received.messages == []


async def test_a_form_of_too_many_fields_is_a_bad_request(door: Door) -> None:
    assert (await door.post(b"a=b&" * 1000, headers=FORM_TYPE))[0] == 400


async def test_json_in_the_clothes_of_a_form_is_still_json(door: Door) -> None:
    body = json.dumps(sample("app_mention")).encode()
    assert (await door.post(body, headers=FORM_TYPE))[0] == 200
    assert len(door.received.messages) == 1


async def test_many_deliveries_at_once_are_all_handed_over(door: Door) -> None:
    async with asyncio.TaskGroup() as group:
        answers = [group.create_task(door.tell(sample("app_mention"))) for _ in range(50)]
    assert {answer.result() for answer in answers} == {200}
    assert len(door.received.messages) == 50


@given(
    timestamp=st.text() | st.integers().map(str),
    signature=st.text(st.characters(exclude_categories=[])),
    body=st.binary(),
)
def test_statement_03_no_header_makes_the_check_raise(
    timestamp: str, signature: str, body: bytes
) -> None:
    given = {"timestamp": timestamp, "body": body, "now": NOW.timestamp()}
    assert verify([b"secret"], signature=signature, **given) is False  # type: ignore[arg-type]


async def raw(base: str, request: bytes) -> bytes:
    """The first line of what comes back for these very bytes."""
    host, port = base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        writer.write_eof()
        return await reader.readline()
    except ConnectionError:
        return b""
    finally:
        writer.close()


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
STRANGE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@STRANGE
@given(head=st.binary(max_size=60), body=st.binary(max_size=200))
def test_no_bytes_on_the_socket_are_answered_with_5xx(
    loop: asyncio.Runner, head: bytes, body: bytes
) -> None:
    async def talk() -> list[bytes]:
        async with taking(Received()) as edge, served(list(edge.routes)) as base:
            length = b"Content-Length: %d\r\n\r\n" % len(body)
            slack = b"X-Slack-Request-Timestamp: %b\r\nX-Slack-Signature: %b\r\n" % (
                head.replace(b"\n", b"").replace(b"\r", b""),
                body.replace(b"\n", b"").replace(b"\r", b""),
            )
            return [
                await raw(base, head + body),
                await raw(base, HEAD + head + b"\r\n\r\n" + body),
                await raw(base, HEAD + slack + length + body),
                await raw(base, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body),
                await raw(base, HEAD + b"Content-Encoding: gzip\r\n" + length + body),
            ]

    for line in loop.run(talk()):
        assert line == b"" or line.split()[1][:1] in {b"2", b"4"}, line


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
TYPES = st.sampled_from(["event_callback", "url_verification", "app_rate_limited"])


@STRANGE
@given(kind=TYPES | JSON, payload=JSON, event=st.dictionaries(st.text(), JSON, max_size=4))
def test_no_signed_json_is_answered_with_5xx(
    loop: asyncio.Runner, kind: object, payload: object, event: dict[str, object]
) -> None:
    async def talk() -> list[int]:
        async with (
            taking(Received()) as edge,
            served(list(edge.routes)) as base,
            aiohttp.ClientSession() as session,
        ):
            door = Door(edge, Received(), session, base + "/slack/events")
            known: dict[str, Any] = sample("app_mention")
            return [
                await door.tell(payload),
                await door.tell({"type": kind, "event": payload, "challenge": payload}),
                await door.tell({**known, "event": {**known["event"], **event}}),
            ]

    assert {status // 100 for status in loop.run(talk())} <= {2, 4}
