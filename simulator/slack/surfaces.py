"""Modals, App Home and the assistant's status line.

https://docs.slack.dev/reference/methods?family=views and
https://docs.slack.dev/reference/methods/assistant.threads.setStatus.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.slack.calls import RefusalError, needed, structure
from simulator.slack.workspace import APP, BOT, TEAM, Json, Workspace

TRIGGER_LASTS = 3.0  # real seconds: the bot has to be this quick
MOST_BLOCKS = 100
LONGEST_TITLE = 24
LONGEST_METADATA = 3_000
MOST_LOADING_MESSAGES = 10
MOST_PROMPTS = 4
STATUS_LASTS = 120.0  # seconds


@dataclass(slots=True, kw_only=True)
class Triggers:
    """The ids with which a modal may be opened: once each, and soon."""

    _issued: dict[str, float] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def issue(self) -> str:
        """A new trigger, in the shape of Slack's."""
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self._issued[trigger] = time.monotonic()
        return trigger

    def use(self, trigger: str) -> None:
        """Exchange a trigger for a view."""
        issued = self._issued.get(trigger)
        if issued is None:
            raise RefusalError("invalid_trigger_id")
        if time.monotonic() - issued > TRIGGER_LASTS:
            raise RefusalError("expired_trigger_id")
        if trigger in self._used:
            raise RefusalError("exchanged_trigger_id")
        self._used.add(trigger)


@dataclass(slots=True, kw_only=True)
class Views:
    """Views by their id, and the home tab of each person."""

    triggers: Triggers
    workspace: Workspace
    shown: dict[str, Json] = field(default_factory=dict)
    homes: dict[str, Json] = field(default_factory=dict)

    def open(self, arguments: Json) -> Json:
        """Serve `views.open` and `views.push`."""
        view = _view(arguments, "modal")
        self.triggers.use(needed(arguments, "trigger_id", "invalid_arguments"))
        view = _stored(view, f"V{secrets.token_hex(5).upper()}")
        self.shown[str(view["id"])] = view
        return {"view": view}

    def update(self, arguments: Json) -> Json:
        """Serve `views.update`."""
        old = self.shown.get(str(arguments.get("view_id"))) or self._external(arguments)
        if old is None:
            raise RefusalError("not_found")
        _check_hash(old, arguments)
        view = _stored(_view(arguments, "modal"), str(old["id"]))
        self.shown[str(view["id"])] = view
        return {"view": view}

    def publish(self, arguments: Json) -> Json:
        """Serve `views.publish`."""
        user = needed(arguments, "user_id")
        if self.workspace.name_of(user) is None:
            raise RefusalError("user_not_found")
        if user in self.homes:
            _check_hash(self.homes[user], arguments)
        view = _stored(_view(arguments, "home"), f"V{user}")
        self.homes[user] = view
        return {"view": view}

    def _external(self, arguments: Json) -> Json | None:
        name = arguments.get("external_id")
        return next((view for view in self.shown.values() if name == view["external_id"]), None)


@dataclass(slots=True, kw_only=True)
class Assistant:
    """What the bot shows beside its messages, by channel and thread.

    `since` holds when each status was set, in seconds of `time.monotonic()`.
    """

    workspace: Workspace
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    since: dict[tuple[str, str], float] = field(default_factory=dict)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    prompts: dict[str, list[object]] = field(default_factory=dict)

    def set_status(self, arguments: Json) -> Json:
        """Serve `assistant.threads.setStatus`; the next message of the bot clears it."""
        place = self._place(arguments), needed(arguments, "thread_ts")
        loading = structure(arguments, "loading_messages") or []
        if not isinstance(loading, list) or len(loading) > MOST_LOADING_MESSAGES:
            raise RefusalError("invalid_arguments")
        status = arguments.get("status")
        if not isinstance(status, str):
            raise RefusalError("invalid_arguments")
        self.statuses.pop(place, None)
        if status:
            self.statuses[place], self.since[place] = status, time.monotonic()
        return {}

    def showing(self) -> Mapping[tuple[str, str], str]:
        """The statuses that people see: Slack clears one by itself after two minutes."""
        begin = time.monotonic() - STATUS_LASTS
        return {
            place: status for place, status in self.statuses.items() if self.since[place] > begin
        }

    def set_title(self, arguments: Json) -> Json:
        """Serve `assistant.threads.setTitle`."""
        place = self._place(arguments), needed(arguments, "thread_ts")
        self.titles[place] = needed(arguments, "title")
        return {}

    def set_prompts(self, arguments: Json) -> Json:
        """Serve `assistant.threads.setSuggestedPrompts`."""
        prompts = structure(arguments, "prompts")
        if not isinstance(prompts, list) or not 0 < len(prompts) <= MOST_PROMPTS:
            raise RefusalError("invalid_arguments")
        self.prompts[self._place(arguments)] = prompts
        return {}

    def _place(self, arguments: Json) -> str:
        channel = needed(arguments, "channel_id")
        if not self.workspace.has_channel(channel):
            raise RefusalError("channel_not_found")
        return channel


def _view(arguments: Json, kind: str) -> Json:
    view = structure(arguments, "view")
    if not isinstance(view, dict) or view.get("type") != kind:
        raise RefusalError("invalid_arguments")
    blocks, title = view.get("blocks"), view.get("title")
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS:
        raise RefusalError("invalid_arguments")
    named = isinstance(title, dict) and 0 < len(str(title.get("text", ""))) <= LONGEST_TITLE
    if kind == "modal" and not named:
        raise RefusalError("invalid_arguments")
    if len(str(view.get("private_metadata", ""))) > LONGEST_METADATA:
        raise RefusalError("invalid_arguments")
    return view


def _stored(view: Json, identifier: str) -> Json:
    return {
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "state": {"values": {}},
        **view,
        "id": identifier,
        "team_id": TEAM,
        "app_id": APP,
        "bot_id": BOT,
        "hash": f"{int(time.time())}.{secrets.token_hex(4)}",
        "root_view_id": identifier,
        "previous_view_id": None,
    }


def _check_hash(old: Json, arguments: Json) -> None:
    given = arguments.get("hash")
    if given and given != old["hash"]:
        raise RefusalError("hash_conflict")
