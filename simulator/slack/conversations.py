"""Channels and what was written: https://docs.slack.dev/reference/methods?family=conversations."""

from dataclasses import dataclass

from simulator.slack.calls import RefusalError, is_true
from simulator.slack.workspace import BOT_USER, Json, Workspace

MOST_MESSAGES = 1000


@dataclass(slots=True, kw_only=True)
class Conversations:
    """The methods over one workspace."""

    workspace: Workspace

    def open(self, arguments: Json) -> Json:
        """Serve `conversations.open` for one person."""
        name = self.workspace.name_of(arguments.get("users"))
        if name is None:
            raise RefusalError("user_not_found")
        known = name in self.workspace.directs
        return {
            "no_op": known,
            "already_open": known,
            "channel": {"id": self.workspace.direct(name)},
        }

    def info(self, arguments: Json) -> Json:
        """Serve `conversations.info`."""
        channel = self._channel(arguments)
        known: Json = {"id": channel, "created": 1_700_000_000, "is_archived": False}
        if channel.startswith("D"):
            others = self.workspace.members[channel] - {BOT_USER}
            return {"channel": {**known, "is_im": True, "user": next(iter(others), None)}}
        name = next(one for one, found in self.workspace.channels.items() if found == channel)
        return {
            "channel": {
                **known,
                "name": name,
                "is_channel": True,
                "is_private": False,
                "is_im": False,
                "is_member": True,
                "topic": {"value": self.workspace.topics.get(channel, "")},
            }
        }

    def members(self, arguments: Json) -> Json:
        """Serve `conversations.members`, on one page."""
        members = sorted(self.workspace.members.get(self._channel(arguments), set()))
        return {"members": members, "response_metadata": {"next_cursor": ""}}

    def history(self, arguments: Json) -> Json:
        """Serve `conversations.history`: newest first, without replies in threads."""
        messages = self.workspace.history(self._channel(arguments))
        return self._page(messages, arguments)

    def replies(self, arguments: Json) -> Json:
        """Serve `conversations.replies`: the thread of a message, oldest first."""
        channel, ts = self._channel(arguments), str(arguments.get("ts"))
        root = self.workspace.roots.get((channel, ts))
        if root is None:
            raise RefusalError("thread_not_found")
        return self._page(self.workspace.threads[channel, root], arguments, keep=root)

    def _page(self, messages: list[Json], arguments: Json, *, keep: str = "") -> Json:
        oldest, latest = _number(arguments, "oldest", 0.0), _number(arguments, "latest", 1e12)
        limit = int(_number(arguments, "limit", 100.0))
        if not 0 < limit < MOST_MESSAGES:
            raise RefusalError("invalid_limit")
        found = [
            message
            for message in messages
            if message["ts"] == keep or oldest < float(str(message["ts"])) < latest
        ]
        page = [{**message} for message in found[:limit]]
        if not is_true(arguments.get("include_all_metadata")):
            for message in page:
                message.pop("metadata", None)
        return {"messages": page, "has_more": len(found) > limit}

    def _channel(self, arguments: Json) -> str:
        channel = str(arguments.get("channel"))
        if not self.workspace.has_channel(channel):
            raise RefusalError("channel_not_found")
        return channel


def _number(arguments: Json, name: str, default: float) -> float:
    try:
        return float(str(arguments.get(name) or default))
    except ValueError:
        raise RefusalError("invalid_arguments") from None
