"""Emoji below messages: https://docs.slack.dev/reference/methods?family=reactions."""

from dataclasses import dataclass, field

from simulator.slack.calls import RefusalError, needed
from simulator.slack.workspace import BOT_USER, Json, Workspace

Place = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Reactions:
    """The methods over one workspace. `given` holds who reacted, by message and emoji."""

    workspace: Workspace
    given: dict[Place, dict[str, list[str]]] = field(default_factory=dict)

    def add(self, arguments: Json) -> Json:
        """Serve `reactions.add`."""
        self.give(self._place(arguments), needed(arguments, "name", "invalid_name"), BOT_USER)
        return {}

    def remove(self, arguments: Json) -> Json:
        """Serve `reactions.remove`."""
        self.take(self._place(arguments), needed(arguments, "name", "invalid_name"), BOT_USER)
        return {}

    def get(self, arguments: Json) -> Json:
        """Serve `reactions.get`."""
        channel, ts = self._place(arguments)
        found = self.given.get((channel, ts), {})
        reactions = [
            {"name": name, "users": users, "count": len(users)} for name, users in found.items()
        ]
        message = {**self.workspace.messages[channel, ts], "reactions": reactions}
        return {"type": "message", "channel": channel, "message": message}

    def give(self, place: Place, name: str, user: str) -> None:
        """React as anybody."""
        users = self.given.setdefault(place, {}).setdefault(name, [])
        if user in users:
            raise RefusalError("already_reacted")
        users.append(user)

    def take(self, place: Place, name: str, user: str) -> None:
        """Take a reaction back."""
        users = self.given.get(place, {}).get(name, [])
        if user not in users:
            raise RefusalError("no_reaction")
        users.remove(user)
        if not users:
            del self.given[place][name]

    def _place(self, arguments: Json) -> Place:
        place = str(arguments.get("channel")), str(arguments.get("timestamp"))
        if place not in self.workspace.messages:
            raise RefusalError("message_not_found")
        return place
