"""Messages of the bot: https://docs.slack.dev/reference/methods?family=chat."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.slack import postings
from simulator.slack.calls import RefusalError, needed, structure
from simulator.slack.workspace import APP, BOT, BOT_USER, TEAM, Json, Workspace
from simulator.standin import Posted

PERMALINK = "https://trialogue.slack.com/archives/{channel}/p{digits}"


@dataclass(slots=True, kw_only=True)
class Chat:
    """The methods over one workspace. `notified` holds the mentions that would call somebody."""

    workspace: Workspace
    on_posted: Callable[[Posted], None]
    notified: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def post(self, arguments: Json) -> Json:
        """Serve `chat.postMessage`. `client_msg_id` is ignored: Slack documents no such thing."""
        self.check(postings.problem(arguments, self.workspace))
        message = self.accept(arguments)
        return {"channel": arguments["channel"], "ts": message["ts"], "message": message}

    def post_ephemeral(self, arguments: Json) -> Json:
        """Serve `chat.postEphemeral`: nobody else sees it, and no history holds it."""
        channel, user = needed(arguments, "channel", "channel_not_found"), arguments.get("user")
        self.check(postings.problem(arguments, self.workspace))
        if user not in self.workspace.members.get(channel, set()):
            raise RefusalError("user_not_in_channel")
        message = self.accept(arguments, visible_to=str(user))
        return {"message_ts": message["ts"]}

    def update(self, arguments: Json) -> Json:
        """Serve `chat.update`."""
        channel, ts = needed(arguments, "channel"), needed(arguments, "ts")
        message = self.own(channel, ts, "cant_update_message")
        self.check(postings.content_problem(arguments))
        message["text"] = arguments.get("text", "")
        message["blocks"] = []
        message.update(_blocks(arguments))
        message["edited"] = {"user": BOT_USER, "ts": self.workspace.next_ts()}
        message.update(_metadata(arguments))
        return {"channel": channel, "ts": ts, "text": message["text"], "message": message}

    def delete(self, arguments: Json) -> Json:
        """Serve `chat.delete`."""
        channel, ts = needed(arguments, "channel"), needed(arguments, "ts")
        self.own(channel, ts, "cant_delete_message")
        self.workspace.remove(channel, ts)
        return {"channel": channel, "ts": ts}

    def permalink(self, arguments: Json) -> Json:
        """Serve `chat.getPermalink`."""
        channel, ts = needed(arguments, "channel"), needed(arguments, "message_ts")
        if (channel, ts) not in self.workspace.messages:
            raise RefusalError("message_not_found")
        link = PERMALINK.format(channel=channel, digits=ts.replace(".", ""))
        return {"channel": channel, "permalink": link}

    def accept(
        self, arguments: Mapping[str, object], *, visible_to: str | None = None, note: bool = True
    ) -> Json:
        """Show a message, to everybody or to one person."""
        channel, ts = str(arguments["channel"]), self.workspace.next_ts()
        message: Json = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "ts": ts,
            "team": TEAM,
            "text": arguments.get("text", ""),
            **_blocks(arguments),
        }
        root = str(arguments.get("thread_ts") or "")
        if root:
            message["thread_ts"] = root
        if visible_to is None:
            self.workspace.add(channel, {**message, **_metadata(arguments)}, root or ts)
        else:
            self.workspace.whisper(channel, message, visible_to)
        if note:
            self.note(arguments, ts, visible_to)
        return message

    def note(self, arguments: Mapping[str, object], ts: str, visible_to: str | None = None) -> None:
        """Write down that people see a message now."""
        self.notified += postings.called(arguments)
        labels = [postings.label(one) for one in postings.buttons(postings.read_blocks(arguments))]
        thread = arguments.get("thread_ts")
        self.on_posted(
            Posted(
                id=ts,
                channel=str(arguments["channel"]),
                reply_to=str(thread) if thread else None,
                text=postings.shown(arguments),
                at=time.perf_counter(),
                buttons=tuple(labels),
                visible_to=visible_to and self.workspace.name_of(visible_to),
            )
        )

    def own(self, channel: str, ts: str, otherwise: str) -> Json:
        """A message that the bot may change."""
        message = self.workspace.messages.get((channel, ts))
        if message is None:
            raise RefusalError("message_not_found")
        if message.get("bot_id") != BOT:
            raise RefusalError(otherwise)
        return message

    def check(self, problem: str | None) -> None:
        """Refuse what has a problem, and remember it."""
        if problem:
            self.refused.append(problem)
            raise RefusalError(problem)


def _blocks(arguments: Mapping[str, object]) -> Json:
    blocks = postings.read_blocks(arguments)
    if arguments.get("markdown_text"):
        blocks = [{"type": "markdown", "text": str(arguments["markdown_text"])}]
    as_it_is: Json = {"mrkdwn": False} if arguments.get("mrkdwn") in (False, "false", "0") else {}
    return {"blocks": blocks} if blocks else as_it_is


def _metadata(arguments: Mapping[str, object]) -> Json:
    metadata = structure(dict(arguments), "metadata")
    return {"metadata": metadata} if metadata else {}
