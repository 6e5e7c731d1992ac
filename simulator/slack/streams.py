"""Messages that grow while they are read: https://docs.slack.dev/reference/methods/chat.startStream.

A stream dies five minutes after its start, whatever is appended to it
(https://github.com/slackapi/python-slack-sdk/issues/1859).
"""

from dataclasses import dataclass, field

from simulator.slack import postings
from simulator.slack.calls import RefusalError, needed, structure
from simulator.slack.chat import Chat
from simulator.slack.clock import SimulatedClock
from simulator.slack.workspace import Json

LASTS = 300.0
NOT_STREAMING = "message_not_in_streaming_state"


@dataclass(slots=True)
class Stream:
    """One message under way."""

    arguments: Json
    until: float
    text: str = ""


@dataclass(slots=True, kw_only=True)
class Streams:
    """The streams of one workspace. A posting is noted when its stream is stopped."""

    chat: Chat
    clock: SimulatedClock
    running: dict[tuple[str, str], Stream] = field(default_factory=dict)

    def start(self, arguments: Json) -> Json:
        """Serve `chat.startStream`."""
        channel = needed(arguments, "channel", "channel_not_found")
        thread = needed(arguments, "thread_ts")
        workspace = self.chat.workspace
        if not workspace.has_channel(channel):
            raise RefusalError("channel_not_found")
        self.chat.check(postings.thread_problem(channel, thread, workspace))
        direct = channel.startswith("D")
        if not direct and not (
            arguments.get("recipient_user_id") and arguments.get("recipient_team_id")
        ):
            raise RefusalError("missing_recipient_user_id")
        stream = Stream({"channel": channel, "thread_ts": thread}, self.clock.now() + LASTS)
        stream.text = _added(arguments, optional=True)
        begun = {**stream.arguments, "text": stream.text, "blocks": _markdown(stream)}
        message = self.chat.accept(begun, note=False)
        self.running[channel, str(message["ts"])] = stream
        return {"channel": channel, "ts": message["ts"]}

    def append(self, arguments: Json) -> Json:
        """Serve `chat.appendStream`."""
        channel, ts, stream = self._running(arguments)
        stream.text += _added(arguments)
        self.chat.workspace.messages[channel, ts] |= {
            "text": stream.text,
            "blocks": _markdown(stream),
        }
        return {"channel": channel, "ts": ts}

    def stop(self, arguments: Json) -> Json:
        """Serve `chat.stopStream`."""
        channel, ts, stream = self._running(arguments)
        stream.text += _added(arguments, optional=True)
        blocks = postings.read_blocks(arguments) or []
        final = {**stream.arguments, "text": stream.text or " ", "blocks": blocks}
        self.chat.check(postings.content_problem(final))
        del self.running[channel, ts]
        message = self.chat.workspace.messages[channel, ts]
        shown = [*_markdown(stream), *blocks]
        message |= {"text": stream.text, "blocks": shown}
        self.chat.note({**stream.arguments, "blocks": shown}, ts)
        return {"channel": channel, "ts": ts, "message": message}

    def _running(self, arguments: Json) -> tuple[str, str, Stream]:
        channel, ts = needed(arguments, "channel"), needed(arguments, "ts")
        self.chat.own(channel, ts, "message_not_owned_by_app")
        stream = self.running.get((channel, ts))
        if stream is None or stream.until <= self.clock.now():
            raise RefusalError(NOT_STREAMING)
        return channel, ts, stream


def _markdown(stream: Stream) -> list[Json]:
    return [{"type": "markdown", "text": stream.text or " "}]


def _added(arguments: Json, *, optional: bool = False) -> str:
    """The text that a call adds: as `markdown_text` or in `chunks`, never in both."""
    markdown, chunks = arguments.get("markdown_text"), structure(arguments, "chunks")
    if markdown and chunks:
        raise RefusalError("cannot_provide_both_markdown_text_and_chunks")
    if isinstance(chunks, list):
        texts = [one for one in chunks if isinstance(one, dict) and one.get("type")]
        markdown = "".join(str(one.get("text", "")) for one in texts)
    text = markdown if isinstance(markdown, str) else ""
    if not text and not chunks and not optional:
        raise RefusalError("no_text")
    if len(text) > postings.LONGEST_MARKDOWN:
        raise RefusalError("msg_too_long")
    return text
