"""Who is there: https://docs.slack.dev/reference/methods?family=users and its neighbours."""

from dataclasses import dataclass

from simulator.slack.calls import RefusalError
from simulator.slack.workspace import APP, BOT, BOT_USER, TEAM, Json, Workspace


@dataclass(slots=True, kw_only=True)
class People:
    """The methods over one workspace."""

    workspace: Workspace

    def auth_test(self, _arguments: Json) -> Json:
        """Serve `auth.test`."""
        return {
            "url": "https://trialogue.slack.com/",
            "team": self.workspace.title,
            "user": "trialogue",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT,
            "is_enterprise_install": False,
        }

    def info(self, arguments: Json) -> Json:
        """Serve `users.info`."""
        if arguments.get("user") == BOT_USER:
            return {"user": self._bot_user()}
        name = self.workspace.name_of(arguments.get("user"))
        if name is None:
            raise RefusalError("user_not_found")
        return {"user": self.workspace.user(name)}

    def everybody(self, _arguments: Json) -> Json:
        """Serve `users.list`, on one page."""
        users = [self.workspace.user(name) for name in self.workspace.people]
        return {
            "members": [*users, self._bot_user()],
            "cache_ts": 0,
            "response_metadata": {"next_cursor": ""},
        }

    def by_email(self, arguments: Json) -> Json:
        """Serve `users.lookupByEmail`."""
        name = str(arguments.get("email", "")).partition("@")[0]
        if name not in self.workspace.people:
            raise RefusalError("users_not_found")
        return {"user": self.workspace.user(name)}

    def team(self, _arguments: Json) -> Json:
        """Serve `team.info`."""
        title = self.workspace.title
        return {"team": {"id": TEAM, "name": title, "domain": "trialogue", "icon": {}}}

    def bot(self, arguments: Json) -> Json:
        """Serve `bots.info`."""
        if arguments.get("bot", BOT) != BOT:
            raise RefusalError("bot_not_found")
        return {
            "bot": {
                "id": BOT,
                "deleted": False,
                "name": "trialogue",
                "app_id": APP,
                "user_id": BOT_USER,
                "icons": {},
            }
        }

    def _bot_user(self) -> Json:
        return {
            "id": BOT_USER,
            "team_id": TEAM,
            "name": "trialogue",
            "is_bot": True,
            "deleted": False,
            "is_admin": False,
            "is_owner": False,
            "profile": {"bot_id": BOT, "api_app_id": APP, "real_name": "Trialogue"},
        }
