"""Replies as Slack takes them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.slack.render import BREAK, LONGEST_TEXT, NOTHING, TEXT_LIMIT, to_payload
from simulator.slack.postings import called, problem, shown
from simulator.slack.workspace import Workspace

CALLS = [
    "<!channel>", "<!here>", "<!here|here>", "<!everyone>", "<!subteam^S123>", "<!date^1^{date}|x>",
    "<@U1>", "<@U1|ada>", "<@&1>", "@here", "@channel", "@everyone", "@HERE", "<#C1>",
    "<#C1|general>", "<https://evil.example|https://bank.example>", "<mailto:a@b.example|c>",
]  # fmt: skip
LIVE = re.compile(r"<[@!#]\w|<\w+:[^<>]*\||@(?:here|channel|everyone)", re.IGNORECASE)


def block_text(payload: dict[str, object]) -> str:
    (block,) = payload["blocks"]  # type: ignore[misc]
    assert block["type"] == "markdown"  # type: ignore[has-type]
    return str(block["text"])  # type: ignore[has-type]


def test_statement_35_commonmark_goes_into_a_markdown_block_with_a_text_beside_it() -> None:
    payload = to_payload("# Title\n\n| a | b |\n|---|---|\n| 1 | **2** |", plain=False)
    assert block_text(payload) == "# Title\n\n| a | b |\n|---|---|\n| 1 | **2** |"
    assert payload["text"]


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("call", CALLS)
def test_statement_33_nothing_that_is_said_calls_anybody(call: str, plain: bool) -> None:
    payload = to_payload(f"see {call} and `{call}`", plain=plain)
    assert not LIVE.search(json.dumps(payload, ensure_ascii=False))
    assert called(payload) == []
    assert called({**payload, "link_names": True}) == []
    assert shown(payload).replace(BREAK, "") == f"see {call} and `{call}`"


def test_links_and_names_stay_asleep() -> None:
    payload = to_payload("@ada https://a.example #general", plain=False)
    assert payload["parse"] == "none"
    assert [payload[key] for key in ("link_names", "unfurl_links", "unfurl_media")] == [False] * 3


@pytest.mark.parametrize("plain", [True, False])
def test_statement_34_three_special_characters_show_as_they_are(plain: bool) -> None:
    payload = to_payload("a & b < c > d", plain=plain)
    assert payload["text"] == "a &amp; b &lt; c &gt; d"
    assert shown(payload) == "a & b < c > d"


def test_plain_is_text_alone_without_markup() -> None:
    payload = to_payload("*not bold* <b> &amp;", plain=True)
    assert "blocks" not in payload
    assert payload["mrkdwn"] is False
    assert payload["text"] == "*not bold* &lt;b&gt; &amp;amp;"


def test_code_keeps_its_angle_brackets() -> None:
    code = (
        "```cpp\n#include <vector>\nstd::vector<int> a; // <!DOCTYPE html> <https://a.example>\n```"
    )
    assert block_text(to_payload(code, plain=False)) == code


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_reply_still_has_a_text(text: str) -> None:
    payload = to_payload(text, plain=False)
    assert payload["text"] == block_text(payload) == NOTHING


def test_a_text_that_grows_by_escaping_is_cut_between_characters() -> None:
    text = to_payload("<" * TEXT_LIMIT, plain=True)["text"]
    assert isinstance(text, str)
    assert len(text) <= LONGEST_TEXT
    assert set(text.split(";")[:-1]) == {"&lt"}
    cut = to_payload("x" + "<" * (LONGEST_TEXT // 4), plain=True)["text"]
    assert cut == "x" + "&lt;" * (LONGEST_TEXT // 4 - 1)


@given(st.text(st.characters(exclude_categories=[]), max_size=200), st.booleans())
def test_whatever_is_said_slack_takes_it_and_nobody_is_called(text: str, plain: bool) -> None:
    workspace = Workspace()
    payload = {**to_payload(text, plain=plain), "channel": workspace.channel("general")}
    json.dumps(payload, ensure_ascii=False).encode()
    assert problem(payload, workspace) is None
    assert called(payload) == []


@given(st.lists(st.sampled_from([*CALLS, "<", ">", "@", "!", "here", "|", " ", "\n"]), max_size=12))
def test_statement_33_calls_stay_asleep_however_they_are_nested(parts: list[str]) -> None:
    payload = to_payload("".join(parts), plain=False)
    assert called({**payload, "link_names": True}) == []


@pytest.mark.parametrize(
    "text", ["word " * (TEXT_LIMIT // 5), '    print("a line of a program")\n' * (TEXT_LIMIT // 33)]
)
def test_the_longest_text_passes_as_a_block(text: str) -> None:
    workspace = Workspace()
    payload = {**to_payload(text, plain=False), "channel": workspace.channel("general")}
    assert len(text) > TEXT_LIMIT - 50
    assert problem(payload, workspace) is None
